import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monotonic } from '../../../src/base/units.js';
import {
  type Authority,
  authorizeCommand,
  createCommandChallenges,
} from '../../../src/gate/operator-command/authority.js';
import type { CommandMessage, Operation } from '../../../src/gate/operator-command/operator-messages.js';
import { LANE, operatorNamed } from './operator.js';

const desk = operatorNamed('desk');
const stranger = operatorNamed('desk');
const guard = operatorNamed('guard');
const all = new Set<Operation>(['open', 'mode', 'lockdown']);
const authority: Authority = {
  operators: new Map([
    ['desk', { key: desk.key, permissions: all }],
    ['guard', { key: guard.key, permissions: new Set<Operation>(['lockdown']) }],
  ]),
  brokerUsers: new Map([['panel', { permissions: new Set<Operation>(['open']) }]]),
};
const now = monotonic(1000);
const nonce = Buffer.alloc(8, 5);

function arranged() {
  const challenges = createCommandChallenges(Buffer.alloc(32, 9));
  const judge = (
    message: CommandMessage,
    {
      operation = 'open' as Operation,
      user,
      at = now,
      lane = LANE,
    }: {
      readonly operation?: Operation;
      readonly user?: string;
      readonly at?: typeof now;
      readonly lane?: string;
    } = {},
  ) => {
    const judgement = authorizeCommand({ lane, operation, message, user }, authority, challenges, at);
    return judgement.kind === 'allowed' ? `${judgement.operator} by ${judgement.by}` : judgement.reason;
  };
  return { challenges, judge, fresh: challenges.issue('desk', nonce, now) };
}

test('a signature over a fresh challenge is obeyed once', () => {
  const { judge, fresh } = arranged();
  const message = desk.sign('open', fresh);
  assert.equal(judge(message), 'desk by signature');
  assert.equal(judge(message), 'used-challenge');
  assert.equal(judge(desk.sign('open', fresh, { transaction: 't-2' })), 'used-challenge');
});

for (const [name, change, reason] of [
  ['without a signature', ({ signature: _, ...rest }: CommandMessage) => rest, 'not-signed'],
  [
    'signed with another key',
    ({ challenge = '' }: CommandMessage) => stranger.sign('open', challenge),
    'bad-signature',
  ],
  [
    'for another operation',
    ({ challenge = '' }: CommandMessage) => desk.sign('lockdown', challenge),
    'bad-signature',
  ],
  [
    'for another lane',
    ({ challenge = '' }: CommandMessage) => desk.sign('open', challenge, { lane: 'twinstile/site/south' }),
    'bad-signature',
  ],
  [
    'with another transaction',
    (message: CommandMessage) => ({ ...message, transaction: 't-9' }),
    'bad-signature',
  ],
  ['of somebody unknown', (message: CommandMessage) => ({ ...message, operator: 'eve' }), 'unknown-operator'],
  [
    'over the challenge of somebody else',
    (message: CommandMessage) => ({ ...message, operator: 'guard' }),
    'stale-challenge',
  ],
  ['over a challenge that was never given', () => desk.sign('open', 'ab'.repeat(32)), 'stale-challenge'],
] as const)
  test(`a request ${name} is not obeyed, and uses nothing up`, () => {
    const { judge, fresh } = arranged();
    const good = desk.sign('open', fresh);
    assert.equal(judge(change(good)), reason);
    assert.equal(judge(good), 'desk by signature');
  });

test('the mode that is ordered is part of what is signed', () => {
  const { judge, fresh } = arranged();
  const message = { ...desk.sign('mode', fresh, { argument: 'free-exit' }), mode: 'normal' } as const;
  assert.equal(judge(message, { operation: 'mode' }), 'bad-signature');
  assert.equal(judge({ ...message, mode: 'free-exit' }, { operation: 'mode' }), 'desk by signature');
});

test('a challenge is worth nothing after half a minute, before it was given, or at a time that is none', () => {
  for (const at of [monotonic(31_001), monotonic(999), monotonic(Number.NaN)]) {
    const { judge, fresh } = arranged();
    assert.equal(judge(desk.sign('open', fresh), { at }), 'stale-challenge');
  }
});

test('who may not do this is told so only after the signature was good', () => {
  const { judge, challenges } = arranged();
  const message = guard.sign('open', challenges.issue('guard', nonce, now));
  assert.equal(judge({ ...message, transaction: 'x' }), 'bad-signature');
  assert.equal(judge(message), 'not-allowed');
});

test('a user of the broker is believed on their own topic, for what they may', () => {
  const { judge } = arranged();
  const message: CommandMessage = { v: 1, transaction: 't' };
  assert.equal(judge(message, { user: 'panel' }), 'panel by broker');
  assert.equal(judge(message, { user: 'panel', operation: 'lockdown' }), 'not-allowed');
  assert.equal(judge({ ...message, operator: 'panel' }), 'not-signed');
  assert.equal(judge(message, { user: 'desk' }), 'unknown-operator');
});

test('challenges that nobody answers crowd out none', () => {
  const { challenges, judge, fresh } = arranged();
  for (let n = 0; n < 10_000; n += 1) challenges.issue('desk', Buffer.alloc(8, n), now);
  assert.equal(judge(desk.sign('open', fresh)), 'desk by signature');
});
