import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { monotonic } from '../../src/base/units.js';
import { type Authority, createCommandChallenges } from '../../src/gate/operator-command/authority.js';
import type { CommandMessage } from '../../src/gate/operator-command/operator-messages.js';
import { createCommandAdmission } from '../../src/lane/command-admission.js';
import { holds } from '../support/properties.js';

const TRUE = 'c'.repeat(128);
const FORGED = 'f'.repeat(128);

function admissionWorld() {
  let checks = 0;
  const key = {
    id: 'desk',
    algorithm: 'ed25519' as const,
    fingerprint: '0'.repeat(64),
    verify: (_: Uint8Array, signature: Uint8Array) => {
      checks += 1;
      return Buffer.from(signature).toString('hex') === TRUE;
    },
  };
  const authority: Authority = {
    operators: new Map([['desk', { key, permissions: new Set(['open'] as const) }]]),
    brokerUsers: new Map(),
  };
  const challenges = createCommandChallenges(randomBytes(32));
  const admission = createCommandAdmission({ lane: 'l', authority: () => authority, challenges });
  const challenge = (now: number) => challenges.issue('desk', randomBytes(8), monotonic(now));
  const judge = (name: string, more: Partial<CommandMessage>, now: number) =>
    admission.judge(name, { v: 1, transaction: 't', operator: 'desk', ...more }, undefined, monotonic(now));
  return { judge, challenge, checks: () => checks };
}

const burst = fc.record({
  after: fc.integer({ min: 0, max: 400 }),
  asked: fc.integer({ min: 0, max: 100 }),
  signed: fc.integer({ min: 0, max: 600 }),
  unsigned: fc.integer({ min: 0, max: 100 }),
});

test("whatever is forged in an operator's name, an order with a challenge that no forger knows is always looked at, and checks are bounded", async (t) => {
  await holds(
    t,
    fc.property(fc.array(burst, { maxLength: 8 }), (bursts) => {
      const world = admissionWorld();
      let now = 0;
      const issued: string[] = [];
      for (const { after, asked, signed, unsigned } of bursts) {
        now += after;
        for (let n = 0; n < asked; n += 1)
          if (world.judge('challenge', {}, now)?.kind === 'challenge') issued.push(world.challenge(now));
        for (let n = 0; n < unsigned; n += 1) world.judge('open', {}, now);
        for (let n = 0; n < signed; n += 1)
          world.judge('open', { challenge: issued.at(-1 - (n % 200)) ?? '', signature: FORGED }, now);
      }
      const mine = world.challenge(now);
      const verdict = world.judge('open', { challenge: mine, signature: TRUE }, now);
      const moment = world.judge('challenge', {}, now + 100);
      const checks = world.checks();
      // For all together, and one for each challenge, again after five seconds.
      const most = 1001 + now + issued.length * (1 + now / 5000);
      assert.ok(checks <= most, `${checks} checks in ${now} ms`);
      assert.equal(moment?.kind, 'challenge', 'there is a challenge within a tenth of a second');
      if (verdict === undefined) assert.fail('not looked at');
      assert.deepEqual([verdict.kind, 'sender' in verdict && verdict.sender], ['allowed', 'operator desk']);
    }),
    { short: 30, long: 2_000 },
  );
});

test('a forgery spends the limits of strangers, and so does a copy of a good order', () => {
  const { judge, challenge } = admissionWorld();
  const one = challenge(0);
  const senderOf = (signature: string) => {
    const verdict = judge('open', { challenge: one, signature }, 0);
    return verdict !== undefined && 'sender' in verdict ? `${verdict.kind} ${verdict.sender}` : undefined;
  };
  assert.deepEqual(
    [senderOf(FORGED), senderOf(TRUE), senderOf(TRUE)],
    ['denied strangers', 'allowed operator desk', 'denied strangers'],
  );
});
