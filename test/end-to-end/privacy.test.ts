/** A box at work, with a broker that hears everything: where does a person show? */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { personId } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';
import { erasePerson } from '../../src/service/setup/erase-people.js';
import { openBox } from '../chaos/box.js';
import { brokerFor } from '../service/demo/broker-for.js';
import { until } from '../until.js';

const NAME = 'Augusta Ada King';
/** As core's program enrolls it; JSON would write its numbers so. */
const VECTOR = Buffer.from(Float32Array.of(0.6, 0.8, 0, 0).buffer);
const IN_WORDS = `${Float32Array.of(0.6)[0]}`;

test('names and vectors never leave the box, and after an erasure its files do not know the person', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-privacy-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const broker = await brokerFor(t);
  const heard: { readonly topic: string; readonly payload: Buffer }[] = [];
  const ear = connectBus({ url: broker.url, clientId: 'ear' });
  t.after(() => ear.close());
  ear.subscribe('#', ({ topic, payload }) => heard.push({ topic, payload: Buffer.from(payload) }));
  await until(() => ear.connected, 'somebody listens');
  const database = path.join(folder, 'twinstile.db');
  const box = await openBox(t, { url: broker.url, database, lane: 'p' });
  await until(() => box.releases.length >= 2, 'two openings');
  await until(() => heard.some(({ topic }) => topic === box.topics.decision), 'a decision on the wire');
  await box.kill('SIGTERM');

  const wire = Buffer.concat(heard.map(({ topic, payload }) => Buffer.concat([Buffer.from(topic), payload])));
  const lines = Buffer.from(JSON.stringify(box.said) + box.words);
  for (const [where, bytes] of [
    ['on the wire', wire],
    ['in what it says', lines],
  ] as const)
    for (const word of [NAME, VECTOR, VECTOR.subarray(0, 8), IN_WORDS])
      assert.ok(!bytes.includes(word), `Expected no name and no vector ${where}.`);
  // The id is on the wire: without it nobody could act on a decision.
  assert.ok(wire.includes('"person":"ada"'));

  const files = async (...words: readonly (string | Buffer)[]) => {
    const found: string[] = [];
    for (const name of await readdir(folder)) {
      const bytes = await readFile(path.join(folder, name)).catch(() => Buffer.alloc(0));
      if (words.some((word) => bytes.includes(word))) found.push(name);
    }
    return found;
  };
  assert.deepEqual(await files(VECTOR, VECTOR.subarray(0, 8)), []);
  assert.notDeepEqual(await files(NAME, '"ada"'), []);
  const opened = await openDatabase(database);
  const backup = { schedule: '', keep: 1 };
  const { receipt } = await erasePerson(opened, { site: 's', data_dir: folder, backup }, personId('ada'), {
    now: wallTime(0),
    actor: { by: 'unix:root' },
    galleryKey: Buffer.alloc(32, 7),
  });
  assert.ok(receipt.journal_rows >= 2);
  assert.deepEqual(receipt.left, []);
  assert.deepEqual(await files(NAME, '"ada"'), []);
  await opened.close();
});
