import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TwinstileError } from '../../src/base/errors.js';
import { grantId, laneId, siteId } from '../../src/base/ids.js';
import { millis } from '../../src/base/units.js';
import { type ActuatorEvent, runActuator } from '../../src/gate/actuate.js';
import type { Drive } from '../../src/gate/drives/drive.js';
import { createSimulator } from '../../src/gate/drives/simulated-drive.js';
import { createAnswerCheck } from '../../src/gate/protocol/answer-check.js';
import type { GateSigner } from '../../src/gate/protocol/answer-writer.js';
import {
  type ChallengeMessage,
  challengeMessage,
  NO_SESSION,
  readMessage,
} from '../../src/gate/protocol/gate-messages.js';
import type { Permission } from '../../src/gate/protocol/grant-bytes.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { createFakeBroker } from '../fakes/bus.js';
import { createFakeClock } from '../fakes/clock.js';
import { until } from '../until.js';
import { gateKeyPair } from './protocol/gate-keys.js';
import { grantBytes, keyPair, place } from './protocol/sample.js';

const topics = laneTopics(siteId('s'), laneId('l')).gate;
const keys = keyPair();
const { signer, trust } = gateKeyPair();

/** A running gate, and a lane whose behaviour the test writes itself. */
function run(t: TestContext, drive: Drive = createSimulator(), signs: GateSigner = signer) {
  const broker = createFakeBroker();
  const clock = createFakeClock();
  const stop = new AbortController();
  const [bus, lane] = [broker.connect(), broker.connect()];
  const events: ActuatorEvent[] = [];
  const challenges: ChallengeMessage[] = [];
  const acks: string[] = [];
  lane.subscribe(topics.challenge, ({ payload }) => {
    const message = readMessage(challengeMessage, payload);
    assert.ok(message);
    challenges.push(message);
  });
  lane.subscribe(topics.ack, ({ payload }) => acks.push(Buffer.from(payload).toString()));
  const ended = runActuator(
    {
      bus,
      topics,
      place,
      signer: signs,
      direction: 'in',
      keys: [keys.verifying],
      drive,
      clock,
      onEvent: (event) => events.push(event),
    },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await ended;
  });
  return {
    broker,
    clock,
    lane,
    events,
    challenges,
    acks,
    stop: async () => {
      stop.abort();
      await ended;
    },
    /** A good grant to the newest challenge. */
    async grant(signed: Partial<Permission> = {}, retain = false) {
      await until(() => challenges.length > 0, 'a challenge');
      const bytes = grantBytes(
        keys.signing,
        { challenge: challenges.at(-1)?.challenge ?? '', ...signed },
        {},
        { ...place, protocol: signs.protocol },
      );
      await lane.publish(topics.grant, bytes, { qos: 0, retain });
      await sleep(0);
      return bytes;
    },
  };
}
const results = ({ acks }: ReturnType<typeof run>) =>
  acks.map((text) => JSON.parse(text)).map(({ result, reason }) => reason ?? result);

test('the gate asks anew every half second, each time with other bytes, neither retained nor kept for long', async (t) => {
  const at = run(t);
  await until(() => at.challenges.length >= 3, 'three challenges');
  const [first, second, third] = at.challenges;
  assert.deepEqual(
    [first, second, third].map((one) => one?.sequence),
    [0, 1, 2],
  );
  assert.equal(new Set(at.challenges.map(({ challenge }) => challenge)).size, at.challenges.length);
  assert.equal(new Set(at.challenges.map(({ boot }) => boot)).size, 1);
  const asked = at.broker.published.filter(({ topic }) => topic === topics.challenge);
  assert.ok(asked.every(({ qos, retain }) => qos === 0 && !retain));
});

test('a good grant opens, is acknowledged, and the same message again opens nothing and is answered alike', async (t) => {
  const drive = createSimulator();
  const at = run(t, drive);
  const bytes = await at.grant();
  await until(() => at.acks.length === 1, 'acknowledged');
  for (let n = 0; n < 3; n += 1) await at.lane.publish(topics.grant, bytes, { qos: 0 });
  await until(() => at.acks.length === 4, 'acknowledged again');
  assert.equal(new Set(at.acks).size, 1);
  assert.deepEqual(results(at)[0], 'opened');
  assert.equal(drive.releases, 1);
});

test('a retained grant is ignored and not answered', async (t) => {
  const drive = createSimulator();
  const at = run(t, drive);
  await at.grant({}, true);
  await until(() => at.events.some(({ kind }) => kind === 'ignored'), 'ignored');
  assert.deepEqual([at.acks, drive.releases], [[], 0]);
});

test('who cannot see people is busy until the pulse is over', async (t) => {
  const at = run(t);
  await at.grant({ id: grantId('a'), pulse: millis(3000) });
  await until(() => at.acks.length === 1, 'first');
  await until(() => at.challenges.length >= 2, 'a new challenge');
  at.clock.pass(500);
  await at.grant({ id: grantId('b') });
  await until(() => at.acks.length === 2, 'second');
  assert.deepEqual(results(at), ['opened', 'busy']);
});

test('who sees somebody walk tells it, and is free for the next one', async (t) => {
  const drive = createSimulator({ walkAfter: millis(100) });
  const at = run(t, drive);
  await at.grant({ id: grantId('a'), pulse: millis(9000) });
  await until(() => at.events.some(({ kind }) => kind === 'passage'), 'walked');
  const before = at.challenges.length;
  await until(() => at.challenges.length > before, 'a new challenge');
  await at.grant({ id: grantId('b') });
  await until(() => at.acks.length === 2, 'second');
  assert.deepEqual(results(at), ['opened', 'opened']);
  const told = at.broker.published.filter(({ topic }) => topic === topics.passage);
  const { passage } = createAnswerCheck(place, trust);
  const read = passage(Buffer.from(told[0]?.payload ?? ''), NO_SESSION);
  assert.deepEqual(read, {
    kind: 'passage',
    passage: { v: 1, gate: 'north-1', grant: 'a', outcome: 'passed', direction: 'in' },
    verified: true,
  });
});

test('when nobody walks, that is told after the pulse', async (t) => {
  const at = run(t, createSimulator({ walkAfter: millis(5000) }));
  await at.grant({ pulse: millis(1000) });
  await until(() => at.acks.length === 1, 'opened');
  at.clock.pass(1001);
  await until(() => at.events.some(({ kind }) => kind === 'passage'), 'told');
  const outcomes = at.events.flatMap((event) => (event.kind === 'passage' ? [event.passage.outcome] : []));
  assert.deepEqual(outcomes, ['timeout']);
});

const broken = (open: Drive['open']): Drive => ({ open, close: async () => {} });
for (const [name, open, detail] of [
  [
    'fails',
    () =>
      Promise.reject(new TwinstileError({ code: 'gate-unusable', message: 'Expected a relay, got none.' })),
    'Expected a relay, got none.',
  ],
] as const satisfies readonly (readonly [string, Drive['open'], string])[])
  test(`a drive that ${name} is a refusal, and the gate goes on`, async (t) => {
    const at = run(t, broken(open));
    await at.grant({ id: grantId('a') });
    await until(() => at.acks.length === 1, 'answered');
    assert.deepEqual(results(at), ['drive-failed']);
    assert.deepEqual(
      at.events.flatMap((event) => (event.kind === 'drive-failed' ? [event.detail] : [])),
      [detail],
    );
    const before = at.challenges.length;
    await until(() => at.challenges.length > before, 'still asking');
    await at.grant({ id: grantId('b') });
    await until(() => at.acks.length === 2, 'answered again');
  });

test('a grant that was caught before the broker went away opens nothing when it comes back', async (t) => {
  const drive = createSimulator();
  const at = run(t, drive);
  await until(() => at.challenges.length > 0, 'a challenge');
  const caught = grantBytes(keys.signing, { challenge: at.challenges[0]?.challenge ?? '' });
  at.broker.cut();
  at.clock.pass(2100);
  at.broker.restore();
  await at.lane.publish(topics.grant, caught, { qos: 0 });
  await until(() => at.acks.length === 1, 'answered');
  assert.deepEqual([results(at), drive.releases], [['stale-challenge'], 0]);
  assert.deepEqual(
    at.events.map(({ kind }) => kind).filter((kind) => kind === 'ready' || kind === 'broker-disconnected'),
    ['ready', 'broker-disconnected', 'ready'],
  );
});

test('nothing is asked while the broker is away', async (t) => {
  const at = run(t);
  await until(() => at.challenges.length > 0, 'a challenge');
  at.broker.cut();
  await sleep(600);
  const gap = at.challenges.at(-1)?.sequence ?? 0;
  at.broker.restore();
  await until(() => (at.challenges.at(-1)?.sequence ?? 0) > gap, 'asking again');
  assert.equal(at.challenges.at(-1)?.sequence, gap + 1);
});

test('after the stop the drive is closed and no grant is heard', async (t) => {
  const drive = createSimulator();
  const at = run(t, drive);
  await at.grant({ id: grantId('a') });
  await until(() => at.acks.length === 1, 'opened');
  await at.stop();
  assert.equal(drive.released, false);
  await at.grant({ id: grantId('b') });
  assert.equal(at.acks.length, 1);
});

test('who was let in at the moment of the stop still gets the answer', async (t) => {
  let moved = () => {};
  const at = run(
    t,
    broken(() => new Promise((resolve) => (moved = resolve))),
  );
  await at.grant();
  const stopped = at.stop();
  moved();
  await stopped;
  await until(() => at.acks.length === 1, 'answered');
  assert.deepEqual(results(at), ['opened']);
});

test('a drive that says nothing for 1.5 s is told as unconfirmed and not as opened, and its end follows', async (t) => {
  let fail = (_error: Error) => {};
  const at = run(
    t,
    broken(
      () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
    ),
  );
  await at.grant({ id: grantId('a') });
  await until(() => at.acks.length === 1, 'answered');
  assert.deepEqual(results(at), ['unconfirmed']);
  fail(new TwinstileError({ code: 'gate-unusable', message: 'Expected a relay, got none.' }));
  await until(() => at.acks.length === 2, 'the truth');
  assert.deepEqual(results(at), ['unconfirmed', 'drive-failed']);
});

test('a gate of version 1 signs nothing, and never says of a silent drive that it opened', async (t) => {
  const at = run(
    t,
    broken(() => new Promise<void>(() => {})),
    { protocol: 1, shared: [] },
  );
  await at.grant({ id: grantId('a') });
  await until(() => at.events.some(({ kind }) => kind === 'drive-silent'), 'silent');
  assert.deepEqual(at.acks, []);
});
