import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDriftStore } from '../../../src/adaptation/drift-store.js';
import { laneId, modelDigest } from '../../../src/base/ids.js';
import { monotonic, wallTime } from '../../../src/base/units.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { resumed } from '../../../src/service/daemon/camera-knowledge.js';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-25T12:00:00Z');
/** The machine was started a minute ago. */
const clock = { wall: () => wallTime(NOW), monotonic: () => monotonic(60_000) };

test('a camera that was moved is so after a restart, however long the box was off', () => {
  const at = wallTime(NOW - 100 * HOUR);
  assert.equal(resumed({ isMoved: true, at }, clock).isMoved, true);
  const since = wallTime(NOW - 104 * HOUR);
  assert.equal(resumed({ isMoved: true, differsSince: since, at }, clock).differsSince, 60_000 - 104 * HOUR);
});

test('a difference goes on over a short pause and begins again after a long one, so that dusk and dawn are no move', () => {
  const differsSince = wallTime(NOW - 3 * HOUR);
  const short = resumed({ isMoved: false, differsSince, at: wallTime(NOW - HOUR / 2) }, clock);
  assert.deepEqual(short, { isMoved: false, differsSince: 60_000 - 3 * HOUR });
  for (const at of [NOW - 2 * HOUR, NOW + HOUR])
    assert.equal(resumed({ isMoved: false, differsSince, at: wallTime(at) }, clock).differsSince, undefined);
});

test('what is kept of a camera belongs to one encoder, and names no one', async (t) => {
  const database = await openDatabase(':memory:');
  t.after(() => database.close());
  const store = openDriftStore(database);
  const [lane, encoder] = [laneId('north'), modelDigest('a'.repeat(64))];
  assert.equal(await store.load(lane, encoder), undefined);
  const drift = { isMoved: true, differsSince: wallTime(5), at: wallTime(9) };
  await store.save(lane, encoder, { isMoved: false, at: wallTime(1) });
  await store.save(lane, encoder, drift);
  assert.deepEqual(await store.load(lane, encoder), drift);
  assert.equal(await store.load(lane, modelDigest('b'.repeat(64))), undefined);
  const columns = await database.read((sql) =>
    sql.all<{ readonly name: string }>("SELECT name FROM pragma_table_info('camera_drift') ORDER BY name"),
  );
  assert.deepEqual(
    columns.map(({ name }) => name),
    ['at_ms', 'differs_since_ms', 'encoder', 'is_moved', 'lane'],
  );
});
