/** What a lane makes of answers that are false, contradictory or unsigned. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { personId } from '../../src/base/ids.js';
import { millis } from '../../src/base/units.js';
import { createGateClient } from '../../src/gate/gate-client.js';
import { createAnswerWriter } from '../../src/gate/protocol/answer-writer.js';
import { type GrantMessage, grantMessage, readMessage } from '../../src/gate/protocol/gate-messages.js';
import { messageDigest } from '../../src/gate/protocol/grant.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { createFakeBroker } from '../fakes/bus.js';
import { gateKeyPair, placeOf } from '../gate/protocol/gate-keys.js';
import { challengeOf, keyPair } from '../gate/protocol/sample.js';
import { until } from '../until.js';
import { deskFor } from './access-world.js';
import { face, type LaneParts, laneWorld, showFor } from './lane-world.js';

const place = placeOf('site', 'north', 'north-1');
const topics = laneTopics(place.site, place.lane);

/** A lane whose gate is played by the test. @param answer what goes to gate/ack for each grant. */
async function playedGate(
  t: Parameters<typeof laneWorld>[0],
  protocol: 1 | 2,
  answer: (grant: GrantMessage, say: (text: string) => void) => void,
  controller?: ReturnType<typeof deskFor>,
) {
  const broker = createFakeBroker();
  const [bus, gate] = [broker.connect(), broker.connect()];
  const own = gateKeyPair();
  const grants: GrantMessage[] = [];
  gate.subscribe(topics.gate.grant, ({ payload }) => {
    const grant = readMessage(grantMessage, payload);
    if (grant === undefined) return;
    grants.push(grant);
    answer(grant, (text) => void gate.publish(topics.gate.ack, text, { qos: 1 }));
  });
  let n = 0;
  const ask = setInterval(() => {
    n = (n + 1) % 200;
    const challenge = { v: 1, gate: 'north-1', boot: '00'.repeat(8), sequence: n, challenge: challengeOf(n) };
    void gate.publish(topics.gate.challenge, JSON.stringify(challenge), { qos: 0 });
  }, 100);
  t.after(() => clearInterval(ask));
  const trust = protocol === 1 ? ({ protocol } as const) : own.trust;
  const noted: string[] = [];
  const parts: Partial<LaneParts> = {
    bus,
    access: {
      ...{ controller, mode: () => 'normal' },
      personOf: async () => undefined,
      onRecord: (person) => void noted.push(person),
    },
    pulse: millis(1500),
    gate: (listeners) =>
      createGateClient({
        ...{ bus, topics: topics.gate, place, key: keyPair().signing, trust, clock: systemClock },
        ...listeners,
      }),
  };
  const world = await laneWorld(t, { gate: false, parts });
  await until(() => world.states.at(-1)?.gate === 'ready', 'the gate is heard');
  const writer = createAnswerWriter(place, own.signer, '00'.repeat(8));
  return { world, grants, writer, noted };
}

const v1 = (grant: string, result: string, reason?: string) =>
  JSON.stringify({ v: 1, grant, gate: 'north-1', result, reason });

test('a gate of version 1: a forged refused busy before the true opened is an alarm and never a retry', async (t) => {
  const { world, grants, noted } = await playedGate(t, 1, ({ id }, say) => {
    say(v1(id, 'refused', 'busy'));
    say(v1(id, 'opened'));
  });
  assert.equal(world.states.at(-1)?.gateAnswers, 'unsigned');
  await showFor(world, 2500, [face('ada')]);
  assert.equal(new Set(grants.map(({ id }) => id)).size, 1);
  await until(() => world.rows.some(({ body }) => body.notice === 'gate-contradiction'), 'an alarm');
  assert.deepEqual(noted, ['ada'], 'whoever was let in by either answer is known to be in');
});

test('two different answers of the gate itself are an alarm and never a retry', async (t) => {
  const said: { write?: ReturnType<typeof createAnswerWriter> } = {};
  const { world, grants, writer, noted } = await playedGate(t, 2, (grant, say) => {
    const about = { grant: grant.id, request: messageDigest(grant, { ...place, protocol: 2 }) };
    say(said.write?.ack(about, { result: 'refused', reason: 'busy' }) ?? '');
    say(said.write?.ack(about, { result: 'opened' }) ?? '');
  });
  said.write = writer;
  await showFor(world, 2500, [face('ada')]);
  assert.equal(new Set(grants.map(({ id }) => id)).size, 1);
  await until(() => world.rows.some(({ body }) => body.notice === 'gate-contradiction'), 'an alarm');
  assert.deepEqual(noted, ['ada'], 'whoever was let in by either answer is known to be in');
});

test('after a signed refused busy a new grant for the same person waits out the pulse', async (t) => {
  const at: number[] = [];
  const said: { write?: ReturnType<typeof createAnswerWriter> } = {};
  const { world, grants, writer } = await playedGate(t, 2, (grant, say) => {
    at.push(performance.now());
    const about = { grant: grant.id, request: messageDigest(grant, { ...place, protocol: 2 }) };
    const first = at.length === 1;
    say(said.write?.ack(about, first ? { result: 'refused', reason: 'busy' } : { result: 'opened' }) ?? '');
  });
  said.write = writer;
  await showFor(world, 1300, [face('ada')]);
  assert.equal(grants.length, 1);
  await showFor(world, 1500, [face('ada')]);
  await until(() => grants.length === 2, 'a second grant');
  assert.ok((at[1] ?? 0) - (at[0] ?? 0) >= 1500);
  await sleep(0);
});

for (const [protocol, isFree] of [
  [2, true],
  [1, false],
] as const)
  test(`a refusal that follows an unconfirmed opening ${isFree ? 'counts nobody as in' : 'takes nothing back where it is not signed'}`, async (t) => {
    const said: { write?: ReturnType<typeof createAnswerWriter> } = {};
    const desk = deskFor({ more: { anti_passback: { zones: 'off', again_after_ms: 60_000 } } });
    const heard: string[] = [];
    const { world, writer, noted } = await playedGate(
      t,
      protocol,
      (grant, say) => {
        heard.push(grant.id);
        const about = { grant: grant.id, request: messageDigest(grant, { ...place, protocol }) };
        const first = () => said.write?.ack(about, { result: 'unconfirmed' }) ?? '';
        const last = () => said.write?.ack(about, { result: 'refused', reason: 'drive-failed' }) ?? '';
        // A gate of version 1 has no word for what it does not know: it is silent.
        if (protocol === 2) say(first());
        setTimeout(() => say(protocol === 2 ? last() : v1(grant.id, 'refused', 'drive-failed')), 2500);
      },
      desk,
    );
    said.write = writer;
    const isCounted = () => Object.keys(desk.records.get(personId('ada'))?.passed ?? {}).length > 0;
    await showFor(world, 600, [face('ada')]);
    await until(isCounted, 'as long as the gate may have opened, they count as in');
    await until(() => world.rows.some(({ body }) => 'late_ms' in body), 'the end of it');
    assert.equal(isCounted(), !isFree);
    assert.deepEqual(noted, isFree ? ['ada', 'ada'] : ['ada']);
    assert.equal(heard.length > 0, true);
  });
