import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { modelDigest, personId } from '../../../../src/base/ids.js';
import { wallTime } from '../../../../src/base/units.js';
import type { GalleryChange } from '../../../../src/records/people/person.js';
import { openGallery } from '../../../../src/records/people/sql-gallery.js';
import { type Database, openDatabase } from '../../../../src/records/sql/sqlite/sqlite-database.js';
import {
  closedGalleryContract,
  galleryStoreContract,
  sharedGalleryContract,
} from '../../../contracts/gallery-store.js';
import { scratchFolder } from './scratch.js';

const newFile = await scratchFolder();
const key = Buffer.alloc(32, 7);
const digest = modelDigest('d'.repeat(64));

const databases: Database[] = [];
after(() => Promise.all(databases.map((database) => database.close())));

async function open(file: string) {
  const database = await openDatabase(file);
  databases.push(database);
  return { database, gallery: await openGallery(database, key) };
}

for (const [name, file] of [
  ['SQLite on a disk', newFile],
  ['SQLite in memory', () => ':memory:'],
] as const) {
  const opened = async () => (await open(file())).gallery;
  galleryStoreContract(name, opened);
  closedGalleryContract(name, opened);
}

sharedGalleryContract('SQLite on a disk', async () => {
  const file = newFile();
  return [(await open(file)).gallery, (await open(file)).gallery];
});

const enroll = (id: string, source = '1', vector = Float32Array.of(0.25, -0.5, 1, 0)): GalleryChange[] => [
  {
    kind: 'put-person',
    person: { id: personId(id), name: id, consent: { textVersion: '1', givenAt: wallTime(1) } },
  },
  {
    kind: 'add-template',
    template: { person: personId(id), digest, source: source.repeat(64), vector, createdAt: wallTime(1) },
  },
];

test('the gallery is there again after it was closed', async () => {
  const file = newFile();
  const first = await open(file);
  await first.gallery.apply(enroll('ada'));
  await first.gallery.close();
  await first.database.close();
  const second = await open(file);
  assert.deepEqual([...(await second.gallery.snapshot(digest, 4)).matrix], [0.25, -0.5, 1, 0]);
  assert.equal(await second.gallery.version(), 1);
  await second.gallery.close();
});

test('another key is told apart from the right one, and a short one from a key', async () => {
  const file = newFile();
  const { gallery, database } = await open(file);
  await gallery.apply(enroll('ada'));
  await assert.rejects(openGallery(database, Buffer.alloc(32, 8)), {
    code: 'gallery-locked',
    hint: /right key/,
  });
  await assert.rejects(openGallery(database, Buffer.alloc(31)), { code: 'key-unusable' });
  await gallery.close();
});

test('no vector lies readable in the file, and nothing of a removed person lies there at all', async () => {
  const file = newFile();
  const { gallery, database } = await open(file);
  const vector = Float32Array.from({ length: 128 }, (_, n) => Math.sin(n));
  await gallery.apply([...enroll('ada-1815', '1', vector), ...enroll('bob', '2', vector)]);
  const sealed = await database.read((sql) =>
    sql.all<{ readonly id: string; readonly wrapped_key: Buffer; readonly sealed: Buffer }>(
      'SELECT id, wrapped_key, sealed FROM people JOIN templates ON person = id ORDER BY id',
    ),
  );
  const onDisk = async () =>
    Buffer.concat(await Promise.all([file, `${file}-wal`].map((name) => readFile(name))));
  const before = await onDisk();
  assert.ok(!before.includes(Buffer.from(vector.buffer).subarray(0, 16)));
  const [ada, bob] = sealed;
  assert.ok(ada !== undefined && bob !== undefined);
  assert.ok(before.includes(ada.wrapped_key) && before.includes(ada.sealed));
  await gallery.apply([{ kind: 'remove-person', person: personId('ada-1815') }]);
  const after = await onDisk();
  assert.ok(!after.includes(ada.wrapped_key) && !after.includes(ada.sealed) && !after.includes('ada-1815'));
  assert.ok(after.includes(bob.wrapped_key) && after.includes(bob.sealed));
  await gallery.close();
});

for (const [what, sql] of [
  ['moved to another person', "UPDATE templates SET person = 'bob' WHERE person = 'ada'"],
  ['moved to another encoder', `UPDATE templates SET digest = '${digest}' WHERE digest = 'old'`],
  [
    'of one person exchanged with one of another',
    'UPDATE templates SET sealed = (SELECT max(sealed) FROM templates)',
  ],
  ['changed', "UPDATE templates SET sealed = CAST(x'00' || substr(sealed, 2) AS BLOB)"],
  [
    'given the key of another person',
    'UPDATE people SET wrapped_key = (SELECT max(wrapped_key) FROM people)',
  ],
] as const)
  test(`a template is left out when it was ${what}, and counted`, async () => {
    const { gallery, database } = await open(newFile());
    const [put, add] = enroll('cat', '3');
    assert.ok(put !== undefined && add?.kind === 'add-template');
    await gallery.apply([
      ...enroll('ada', '1'),
      ...enroll('bob', '2'),
      put,
      { ...add, template: { ...add.template, digest: modelDigest('old') } },
    ]);
    await gallery.snapshot(digest, 4);
    assert.ok((await database.write((tables) => tables.run(sql))) > 0);
    const { owners, damaged = 0 } = await gallery.snapshot(digest, 4);
    assert.ok(damaged > 0, `${owners}`);
    await gallery.close();
  });

test('a process sees by the version what another one changed', async () => {
  const file = newFile();
  const core = await open(file);
  const office = await open(file);
  await office.gallery.apply(enroll('ada'));
  assert.equal(await core.gallery.version(), 1);
  assert.deepEqual((await core.gallery.snapshot(digest, 4)).owners, ['ada']);
  await office.gallery.close();
  await core.gallery.close();
});
