/** Whoever is erased leaves a note that says which segments change and not whom they held. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type PersonId, personId } from '../../../src/base/ids.js';
import { eraseIn } from '../../../src/records/erasure/erase-rows.js';
import { hashSlotOf, SLOT_BITS, shardAt } from '../../../src/records/people/shard.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { holds } from '../../support/properties.js';

const ids = fc.uniqueArray(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 40 });

test('every segment that loses somebody and still has others is noted, however the gallery is cut', async (t) => {
  const property = fc.asyncProperty(
    ids,
    ids,
    fc.integer({ min: 0, max: SLOT_BITS }),
    async (all, gone, bits) => {
      const people = all.map((n) => personId(`p${n}`));
      const erased = gone.map((n) => personId(`p${n}`)).filter((id) => people.includes(id));
      const database = await openDatabase(':memory:');
      await database.write(async (sql) => {
        for (const id of people)
          await sql.run(`INSERT INTO people (id, name, wrapped_key) VALUES (?, 'x', x'00')`, id);
        await sql.run(`UPDATE fleet_state SET part = 'publishes'`);
      });
      // One after the other: who was a neighbour may be gone next.
      for (const id of erased) await database.write((sql) => eraseIn(sql, [id]));
      const noted = await database.read((sql) =>
        sql.all<{ readonly person: PersonId }>('SELECT person FROM changed_people'),
      );
      await database.close();
      const left = people.filter((id) => !erased.includes(id));
      const bucket = (id: PersonId) => shardAt(hashSlotOf(id), bits);
      const dirty = new Set(noted.map(({ person }) => bucket(person)));
      assert.ok(noted.every(({ person }) => left.includes(person)));
      for (const id of erased)
        if (left.some((other) => bucket(other) === bucket(id))) assert.ok(dirty.has(bucket(id)), id);
    },
  );
  await holds(t, property, { short: 40, long: 2_000 });
});
