import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelDigest, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { reencode } from '../../../src/fleet/rollout/reencode.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { openCrops } from '../../../src/records/people/sqlite-crops.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { scratchFolder } from '../../records/sql/sqlite/scratch.js';

const newFile = await scratchFolder();
const KEY = Buffer.alloc(32, 7);
const [before, after] = [modelDigest('a'.repeat(64)), modelDigest('b'.repeat(64))];

test('with a damaged template and a damaged crop the others are encoded anew, and it says whose crop it was', async () => {
  const database = await openDatabase(newFile());
  const [store, crops] = [await openGallery(database, KEY), await openCrops(database, KEY)];
  for (const name of ['ada', 'bob', 'cyd']) {
    const person = personId(name);
    const source = name.padEnd(64, '0');
    const consent = { textVersion: '1', givenAt: wallTime(0) };
    await store.apply([
      { kind: 'put-person', person: { id: person, name, consent } },
      {
        kind: 'add-template',
        template: { person, digest: before, source, vector: Float32Array.of(1, 0), createdAt: wallTime(0) },
      },
    ]);
    await crops.keep([{ person, source, crop: Buffer.from(`JPEG of ${name}`) }]);
  }
  const damage = (table: string, person: string) =>
    database.write((sql) =>
      sql.run(
        `UPDATE ${table} SET sealed = CAST(zeroblob(12) || substr(sealed, 13) AS BLOB) WHERE person = ?`,
        person,
      ),
    );
  await damage('crops', 'ada');
  await damage('templates', 'bob');
  const seen: string[] = [];
  const encoder = {
    encode: async (photo: Uint8Array) => {
      seen.push(Buffer.from(photo).toString());
      return { kind: 'faces' as const, faces: [{ embedding: Float32Array.of(0, 1) }] };
    },
  };
  const parts = { crops, store, encoder: encoder as never, digest: after, now: () => wallTime(1) };
  assert.deepEqual(await reencode(parts), {
    templates: 2,
    people: 2,
    without: [],
    damaged: [personId('ada')],
  });
  assert.deepEqual(seen, ['JPEG of bob', 'JPEG of cyd']);
  const made = async (name: string) =>
    (await store.vectors(personId(name))).map(({ digest, vector }) => [digest, [...vector]]);
  assert.deepEqual(await made('bob'), [[after, [0, 1]]]);
  assert.deepEqual(await made('ada'), [[before, [1, 0]]]);
  assert.deepEqual((await reencode(parts)).damaged, [personId('ada')], 'each time');
  await database.close();
});
