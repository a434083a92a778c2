import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wallTime } from '../../../src/base/units.js';
import { openTakenCommands } from '../../../src/gate/operator-command/sqlite-taken-orders.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { scratchFolder } from '../../records/sql/sqlite/scratch.js';
import { holds } from '../../support/properties.js';

const newFile = await scratchFolder();
const orderOf = (lane: string, user: string, transaction: string) => ({
  lane,
  user,
  transaction,
  at: wallTime(1_800_000_000_000),
});

test('an order is new once, for its lane, its user and its transaction, whatever restarts in between', async (t) => {
  const name = fc.constantFrom('a', 'b', 'ab', 'c');
  await holds(
    t,
    fc.asyncProperty(
      fc.array(fc.tuple(name, name, name, fc.boolean()), { maxLength: 12 }),
      async (orders) => {
        const file = newFile();
        let database = await openDatabase(file);
        const seen = new Set<string>();
        for (const [lane, user, transaction, restart] of orders) {
          if (restart) {
            await database.close();
            database = await openDatabase(file);
          }
          const isNew = await openTakenCommands(database).take(orderOf(lane, user, transaction));
          assert.equal(isNew, !seen.has([lane, user, transaction].join()));
          seen.add([lane, user, transaction].join());
        }
        await database.close();
      },
    ),
    { short: 25, long: 2_000 },
  );
});

test('two at once are one order', async () => {
  const database = await openDatabase(newFile());
  const { take } = openTakenCommands(database);
  const answers = await Promise.all([1, 2, 3].map(() => take(orderOf('l', 'u', 't'))));
  assert.deepEqual(answers.toSorted(), [false, false, true]);
  await database.close();
});

test('the oldest are forgotten when there are too many', async () => {
  const database = await openDatabase(newFile());
  const { take } = openTakenCommands(database, 3);
  for (const transaction of ['1', '2', '3', '4']) assert.ok(await take(orderOf('l', 'u', transaction)));
  assert.deepEqual(await Promise.all(['4', '3', '2', '1'].map((one) => take(orderOf('l', 'u', one)))), [
    false,
    false,
    false,
    true,
  ]);
  await database.close();
});
