import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPublishSource } from '../../../../src/fleet/publish/publish-source.js';
import { rewrapKeys } from '../../../../src/records/people/rotate-key.js';
import { openGallery } from '../../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../../src/records/sql/sqlite/sqlite-database.js';
import { DIGEST, DIMENSION, enrolled } from '../../../fixtures/fleet-world.js';
import { scratchFolder } from './scratch.js';

const newFile = await scratchFolder();
const KEY = Buffer.alloc(32, 7);

for (const [what, sql] of [
  ['template', `UPDATE templates SET sealed = zeroblob(length(sealed)) WHERE person = 'ada'`],
  ['key of a person', `UPDATE people SET wrapped_key = zeroblob(length(wrapped_key)) WHERE id = 'ada'`],
  ['template that is cut short', `UPDATE templates SET sealed = x'01' WHERE person = 'ada'`],
] as const)
  test(`one damaged ${what} is left out and counted; everybody else is matched, published and rotated`, async () => {
    const database = await openDatabase(newFile());
    const gallery = await openGallery(database, KEY);
    await gallery.apply([...enrolled('ada'), ...enrolled('bob', 'bob', 2)]);
    await database.write((tables) => tables.run(sql));
    const snapshot = await gallery.snapshot(DIGEST, DIMENSION);
    assert.deepEqual([snapshot.owners, snapshot.damaged], [['bob', 'bob'], 1]);
    assert.deepEqual([[...snapshot.people.keys()], snapshot.matrix.length], [['bob'], 2 * DIMENSION]);
    const source = await openPublishSource(database, KEY);
    const people = await source.snapshot((seen) => seen.read(seen.ids));
    assert.deepEqual(
      people.map(({ person, templates }) => [person.id, templates.length]),
      [
        ['ada', 0],
        ['bob', 2],
      ],
    );
    await database.write((tables) => rewrapKeys(tables, KEY, Buffer.alloc(32, 8)));
    const again = await openGallery(database, Buffer.alloc(32, 8));
    assert.deepEqual((await again.snapshot(DIGEST, DIMENSION)).owners, ['bob', 'bob']);
    await database.close();
  });
