/** Everything that comes in from outside, damaged: by structure and by bytes. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { TwinstileError } from '../../../src/base/errors.js';
import { trackId } from '../../../src/base/ids.js';
import { monotonic, wallTime } from '../../../src/base/units.js';
import { createGateClient } from '../../../src/gate/gate-client.js';
import { createAnswerWriter } from '../../../src/gate/protocol/answer-writer.js';
import { badgeMessage, readMessage } from '../../../src/gate/protocol/gate-messages.js';
import { createGrantCheck } from '../../../src/gate/protocol/grant-check.js';
import { laneTopics } from '../../../src/gate/protocol/topics.js';
import type { Bus, BusMessage } from '../../../src/platform/mqtt/message-bus.js';
import { frameMessage, MessageDecoder, REPORT_LIMITS } from '../../../src/vision/process/framing.js';
import { decodeReport, encodeReport } from '../../../src/vision/process/vision-reports.js';
import { requestSchema } from '../../../src/vision/process/vision-requests.js';
import { challengeOf, grantBytes, keyPair, place } from '../../gate/protocol/sample.js';
import { face, frameOf } from '../../lane/lane-world.js';
import { type Chance, chance, mutated } from '../chance.js';
import type { Row } from '../row.js';
import { damagedTopic, topicTargets } from '../topics.js';

const SEED = 7;
const HANG_MS = 100;
/** After a quarter of the trials everything is warm; from then on nothing may pile up. */
const GROWTH_BYTES = 8 << 20;

interface Target {
  readonly name: string;
  /** A perfectly good one, to be damaged. */
  readonly good: Uint8Array;
  /** May throw a TwinstileError only where the caller expects it. */
  take(bytes: Uint8Array, topic: string): void;
  /** A perfectly good one, for what reads the topic that it came on. */
  readonly topic?: string;
}

export const messagesFuzzed: Row = {
  name: 'messages-fuzzed',
  claim: 'no inbound message, whatever its topic, makes anything throw, hang over 100 ms or grow in memory',
  short: 40_000,
  long: 1_000_000,
  async run({ n }) {
    const luck = chance(SEED);
    const targets = [...gateTargets(), ...visionTargets(), ...topicTargets()];
    const values = fc.sample(fc.json({ maxDepth: 4 }), { numRuns: 300, seed: 7 });
    const failures: string[] = [];
    let slowest = 0;
    let warm = Number.POSITIVE_INFINITY;
    for (let trial = 0; trial < n; trial += 1) {
      const target = luck.pick(targets);
      const bytes =
        target.topic !== undefined && luck.below(2) === 0 ? target.good : damaged(target.good, values, luck);
      const topic = target.topic === undefined ? '' : damagedTopic(target.topic, luck);
      const start = performance.now();
      try {
        target.take(bytes, topic);
      } catch (error) {
        failures.push(`${target.name} threw ${error instanceof Error ? error.message : error}`);
      }
      let took = performance.now() - start;
      // Another process may have had the core meanwhile: what hangs once for its own sake hangs again.
      for (let again = 0; took > HANG_MS && again < 3; again += 1)
        took = Math.min(took, timed(target, bytes, topic));
      slowest = Math.max(slowest, took);
      if (took > HANG_MS) failures.push(`${target.name} took ${Math.round(took)} ms`);
      if (trial % 2000 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (trial === Math.floor(n / 4)) warm = heapInUse();
    }
    const grown = heapInUse() - warm;
    if (grown > GROWTH_BYTES) failures.push(`memory grew by ${grown} bytes`);
    return {
      n,
      failures: [...new Set(failures)],
      note: `seed ${SEED}, ${targets.length} kinds, slowest ${slowest.toFixed(1)} ms, memory ${(grown / 1024).toFixed(0)} KiB`,
    };
  },
};

function timed({ take }: Target, bytes: Uint8Array, topic: string): number {
  const start = performance.now();
  try {
    take(bytes, topic);
  } catch {
    // Told by the first try.
  }
  return performance.now() - start;
}

/** Bytes: bits, pieces, length. Structure: one field becomes something else, goes away, or comes twice. */
function damaged(good: Uint8Array, values: readonly string[], luck: Chance): Uint8Array {
  const kind = luck.below(4);
  if (kind === 0) return mutated(good, luck);
  if (kind === 1) return Buffer.from(luck.pick(values));
  if (kind === 2) return Buffer.alloc(luck.below(5000), luck.below(256));
  const text = Buffer.from(good).toString('latin1');
  const fields = [...text.matchAll(/"[a-z_]+":("[^"]*"|[-0-9.e]+|null|true)/g)];
  if (fields.length === 0) return mutated(good, luck);
  const field = luck.pick(fields);
  const name = field[0].slice(0, field[0].indexOf(':') + 1);
  const value = luck.pick([
    luck.pick(values),
    '1e999',
    '-1',
    '"__proto__"',
    '{}',
    `"${'x'.repeat(luck.below(3000))}"`,
  ]);
  const instead = luck.pick([name + value, '', `${field[0]},${field[0]}`, `"__proto__":${value}`]);
  return Buffer.from(
    text.slice(0, field.index) + instead + text.slice(field.index + field[0].length),
    'latin1',
  );
}

function gateTargets(): readonly Target[] {
  const keys = keyPair('k-1', 'hmac-sha256');
  const { gate } = place;
  const topics = laneTopics(place.site, place.lane);
  const check = createGrantCheck({ ...place, direction: 'in', keys: [keys.verifying], protocol: 2 });
  const clock = { monotonic: () => monotonic(performance.now()), wall: () => wallTime(Date.now()) };
  const listeners = new Map<string, (message: BusMessage) => void>();
  const bus: Bus = {
    connected: true,
    publish: async () => 'sent',
    subscribe: (topic, onMessage) => void listeners.set(topic, onMessage),
    onConnection: () => {},
    close: async () => {},
  };
  const trust = { protocol: 2, keys: [keys.verifying] } as const;
  createGateClient({ bus, topics: topics.gate, place, key: keys.signing, trust, clock, onPassage: () => {} });
  const writer = createAnswerWriter(place, { protocol: 2, shared: [], own: keys.signing }, 'ab'.repeat(8));
  const asked = { grant: 'g-1', request: 'cd'.repeat(32) };
  const ack = writer.ack(asked, { result: 'refused', reason: 'busy' }) ?? '';
  const passage = writer.passage({ v: 1, gate, grant: 'g-1', outcome: 'passed', direction: 'in' });
  const over = (topic: string, good: object): Target => ({
    name: topic,
    good: Buffer.from(JSON.stringify(good)),
    take: (payload) => listeners.get(topic)?.({ topic, payload, retained: false }),
  });
  return [
    {
      name: 'grant',
      good: grantBytes(keys.signing),
      take: (bytes) => void check.check(bytes, monotonic(0), false),
    },
    over(topics.gate.challenge, { v: 1, gate, boot: 'ab'.repeat(8), sequence: 1, challenge: challengeOf(1) }),
    over(topics.gate.ack, JSON.parse(ack)),
    over(topics.gate.passage, JSON.parse(passage)),
    {
      name: topics.badge,
      good: Buffer.from(JSON.stringify({ v: 1, badge: 'b-1', reader: 'door', read: 'r-1' })),
      take: (bytes) => void readMessage(badgeMessage, bytes),
    },
  ];
}

function visionTargets(): readonly Target[] {
  const whole = (parts: readonly Uint8Array[]) => Buffer.concat(parts);
  const expected = (work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof TwinstileError) || error.code !== 'vision-protocol') throw error;
    }
  };
  const reports = (bytes: Uint8Array) =>
    expected(() => {
      for (const message of new MessageDecoder(REPORT_LIMITS).push(Buffer.from(bytes)))
        decodeReport(message, 2);
    });
  const frame = frameOf(3, 100, [face('ada'), face('bob')], { ended: [trackId('t-9')] });
  const photo = { kind: 'photo', id: 1, result: { kind: 'faces', faces: [] } } as const;
  const snapshot = {
    kind: 'snapshot',
    id: 1,
    width: 2,
    height: 1,
    bytes: Buffer.of(0xff, 0xd8, 0xff),
  } as const;
  return [
    { name: 'vision frame', good: whole(encodeReport(frame)), take: reports },
    { name: 'vision photo', good: whole(encodeReport(photo)), take: reports },
    { name: 'vision pass', good: whole(encodeReport({ ...photo, kind: 'pass' })), take: reports },
    { name: 'vision snapshot', good: whole(encodeReport(snapshot)), take: reports },
    {
      name: 'vision report, header only',
      good: Buffer.from(JSON.stringify({ ...frame, faces: [] })),
      take: (bytes) => reports(framed(bytes)),
    },
    {
      name: 'request',
      good: Buffer.from(JSON.stringify({ kind: 'photo', id: 1 })),
      take: (bytes) => void requestSchema.safeParse(parsed(bytes)),
    },
  ];
}

function framed(json: Uint8Array): Uint8Array {
  const [head = Buffer.alloc(0)] = frameMessage({});
  const prefix = Buffer.from(head.subarray(0, 12));
  prefix.writeUInt32LE(json.length, 4);
  return Buffer.concat([prefix, json]);
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    // No JSON is as good a value as any to check.
    return undefined;
  }
}

function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') for (let round = 0; round < 3; round += 1) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
