/**
 * Core as small as it can be and still be real: database, journal, outbox, lane, gate client, a vision process. Says each
 * thing that happened as a line of JSON; a decision only when it is durable. Arguments: one JSON object.
 */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { decisionId, gateId, laneId, modelDigest, personId, siteId } from '../../../src/base/ids.js';
import { millis, wallTime } from '../../../src/base/units.js';
import { createGateClient } from '../../../src/gate/gate-client.js';
import { signingKey, verifyingKey } from '../../../src/gate/protocol/signature.js';
import { laneTopics } from '../../../src/gate/protocol/topics.js';
import { runLane } from '../../../src/lane/run-lane.js';
import { connectBus } from '../../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../../src/platform/system-clock.js';
import { deliver } from '../../../src/records/journal/deliver.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../src/records/sql/sqlite/sqlite-journal.js';
import { superviseVision } from '../../../src/vision/process/supervise-vision.js';
import { bruteForce } from '../../fakes/search.js';

export interface CoreOptions {
  readonly database: string;
  readonly url: string;
  readonly lane: string;
  /** Of grants: HMAC, 32 bytes, hexadecimal. */
  readonly key: string;
  /** Program of the vision process. */
  readonly vision: string;
}

const options: CoreOptions = JSON.parse(process.argv[2] ?? '{}');
const secret = Buffer.from(options.key, 'hex');
const say = (what: object) => void writeSync(1, `${JSON.stringify(what)}\n`);
const topics = laneTopics(siteId('chaos'), laneId(options.lane));
const database = await openDatabase(options.database);
const journal = openJournal(database);
const bus = connectBus({
  url: options.url,
  clientId: `core-${options.lane}`,
  availability: topics.availability,
});
const digest = modelDigest('a'.repeat(64));
const ada = personId('ada');
const store = await openGallery(database, Buffer.alloc(32, 1));
if ((await store.find(ada)) === undefined)
  await store.apply([
    {
      kind: 'put-person',
      person: { id: ada, name: 'Augusta Ada King', consent: { textVersion: '1', givenAt: wallTime(0) } },
    },
    {
      kind: 'add-template',
      template: {
        person: ada,
        digest,
        source: '5'.repeat(64),
        vector: Float32Array.of(0.6, 0.8, 0, 0),
        createdAt: wallTime(0),
      },
    },
  ]);
const snapshot = await store.snapshot(digest, 4);
const gallery = {
  snapshot,
  search: await bruteForce(snapshot, 'euclidean'),
  calibration: {
    source: 'chaos',
    people: 1000,
    impostorPairs: 1e9,
    matedPairs: 1,
    rows: [
      { distance: 0.1, fmr: 1e-8 },
      { distance: 1, fmr: 1 },
    ],
  },
};
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

const lane = runLane(
  {
    identity: {
      lane: laneId(options.lane),
      topics,
      direction: 'in',
      pulse: millis(100),
      pack: { name: 'chaos' },
    },
    rules: {
      identification: { maxFpir: 0.001, minMarginRatio: 10, framesNeeded: 3, window: millis(2000) },
      maxFrameAge: millis(300),
      refuseAfter: millis(1500),
      passage: millis(300),
    },
    gallery: () => gallery,
    ports: {
      vision: superviseVision({
        command: [process.execPath, options.vision],
        env: { PATH: process.env.PATH, FAKE: 'good' },
        dimension: 4,
        onLine: () => {},
        clock: systemClock,
        setup: {
          packFolder: '/nowhere',
          pack: 'builtin',
          provider: 'cpu',
          threads: 1,
          detector: { width: 640, minScore: 0.6 },
          minInterOcular: 24,
          source: { kind: 'usb', device: '/dev/video0' },
          zone: { x: 0, y: 0, width: 1, height: 1 },
        },
      }),
      journal: {
        ...journal,
        append: async (entry, message) => {
          const row = await journal.append(entry, message);
          say({ kind: 'durable', seq: row.seq, hash: row.hash, row: entry.kind, subject: entry.subject });
          return row;
        },
      },
      bus,
      gate: (listeners) =>
        createGateClient({
          bus,
          topics: topics.gate,
          place: { site: siteId('chaos'), lane: laneId(options.lane), gate: gateId(options.lane) },
          key: signingKey('k-1', 'hmac-sha256', secret),
          trust: { protocol: 2, keys: [verifyingKey('k-1', 'hmac-sha256', secret)] },
          clock: systemClock,
          ...listeners,
        }),
      standingOf: (badge) => store.standingOf(badge),
      clock: systemClock,
      newId: () => decisionId(randomUUID()),
    },
    observer: {
      onDecision: ({ id, verdict, reason }, outcome) =>
        say({ kind: 'decision', id, verdict, reason, outcome: outcome?.outcome }),
      onState: ({ mode, degraded }) => say({ kind: 'state', mode, degraded }),
      onNote: (note) => {
        if (note.kind === 'vision-ready') say({ kind: 'vision', pid: note.pid });
        if (note.kind === 'journal-failed') say({ kind: 'journal-failed', detail: note.detail });
      },
    },
  },
  stop.signal,
);
say({ kind: 'started', pid: process.pid });
await Promise.all([lane, deliver({ outbox: journal, bus }, stop.signal)]);
await bus.close();
await store.close();
await database.close();
process.exit(0);
