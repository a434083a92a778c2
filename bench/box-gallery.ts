/**
 * What a new gallery costs the box itself, without registrar and network: setting it down, taking it over, and the swap of
 * the gallery in memory.
 *
 *   node --import tsx bench/box-gallery.ts [--people 100000]
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { badgeId, modelDigest } from '../src/base/ids.js';
import { wallTime } from '../src/base/units.js';
import type { ReceivedPerson } from '../src/fleet/segments/segment.js';
import { openFleetGallery } from '../src/fleet/sqlite/fleet-gallery.js';
import { NO_TRUSTED_VERSIONS } from '../src/fleet/tuf/trusted-versions.js';
import { bitsFor, hashSlotOf, shardAt } from '../src/records/people/shard.js';
import { openDatabase } from '../src/records/sql/sqlite/sqlite-database.js';
import { BENCH } from './acts.js';
import { longestWait } from './longest-wait.js';
import { randomPeople } from './people.js';
import { swapFigures } from './swap.js';

const { values } = parseArgs({ options: { people: { type: 'string', default: '100000' } } });
const PEOPLE = Number(values.people);
const [DIMENSION, TEMPLATES] = [128, 3];
const DIGEST = modelDigest('d'.repeat(64));
const KEY = Buffer.alloc(32, 7);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-bench-box-'));
const say = (name: string, value: number): void =>
  void process.stdout.write(`${name.padEnd(28)} ${Math.round(value * 1000) / 1000}\n`);
async function timed(name: string, work: () => Promise<unknown>): Promise<void> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  say(`${name}_s`, (performance.now() - start) / 1000);
  say(`${name}_cpu_s`, (user + system) / 1e6);
}

try {
  const bits = bitsFor(PEOPLE);
  const { ids, matrix, records } = randomPeople(PEOPLE, DIMENSION);
  const buckets = new Map<number, ReceivedPerson[]>();
  for (const [at, id] of ids.entries()) {
    const person = records.get(id);
    if (person === undefined) continue;
    const bucket = shardAt(hashSlotOf(id), bits);
    const templates = Array.from({ length: TEMPLATES }, (_, each) => ({
      digest: DIGEST,
      source: sha256(`${id} ${each}`),
      createdAt: wallTime(1),
      vector: matrix.subarray(at * DIMENSION, (at + 1) * DIMENSION),
    }));
    const one = { person, badges: [badgeId(`b-${id}`)], templates, digest: sha256(id) };
    const others = buckets.get(bucket);
    if (others === undefined) buckets.set(bucket, [one]);
    else others.push(one);
  }
  const file = path.join(folder, 'twinstile.db');
  const database = await openDatabase(file);
  const intake = await (await openFleetGallery(database, KEY, BENCH)).receive(bits);
  const whileSetDown = longestWait(file);
  await timed('set_down', async () => {
    for (const [bucket, people] of buckets) await intake.put(bucket, people);
  });
  say('other_writer_waits_s', await whileSetDown.end());
  const whileTaken = longestWait(file);
  await timed('take_over', () =>
    intake.apply({
      serial: 1,
      manifest: sha256('1'),
      bits,
      segmentIndexes: [],
      segments: new Map(),
      revokedThrough: 0,
      leftOut: [],
      trust: { pieces: new Map(), trustedVersions: NO_TRUSTED_VERSIONS, trustedTime: wallTime(0) },
    }),
  );
  say('other_writer_waits_s', await whileTaken.end());
  await intake.close();
  buckets.clear();
  for (const [name, value] of Object.entries(await swapFigures(database, KEY, DIGEST, DIMENSION)))
    say(`swap_${name}`, value);
  await database.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}
