import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wallTime } from '../../../../src/base/units.js';
import { openRolloutStore } from '../../../../src/fleet/sqlite/rollout-store.js';
import { connect } from '../../../../src/records/sql/sqlite/sqlite-connection.js';
import { openDatabase } from '../../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../../src/records/sql/sqlite/sqlite-journal.js';
import { scratchFolder } from './scratch.js';

const newFile = await scratchFolder();

const PROGRESS = JSON.stringify({
  running: { release: 1, pack: 'a' },
  watched: { since: 1, starts: 0, tolerated: ['broker-away', 'disk-full', 'gate-silent'] },
  refused: [],
});
const NOTICE = '{"v":1,"id":"n","at":"2026-03-02T07:58:12.431Z","notice":"forced","lane":"north"}';
const DECISION = '{"v":1,"id":"d","verdict":"refused","reason":"nobody"}';

test('what 0.1.0 stored outside of the journal has the new words, and a row of the journal keeps its own', async () => {
  const file = newFile();
  await (await openDatabase(file)).close();
  const old = await connect(file);
  await old.script(`UPDATE models_progress SET body = '${PROGRESS}';
    INSERT INTO outbox (id, topic, payload) VALUES
      ('n', 'twinstile/s/north/notice', '${NOTICE}'), ('d', 'twinstile/s/north/decision', '${DECISION}');
    INSERT INTO journal (kind, subject, at_ms, body, hash) VALUES ('decision', 'd', 1, '${DECISION}', 'h');
    DROP TABLE disputes;
    DROP TABLE impostor_counts;
    DROP TABLE camera_drift;
    ALTER TABLE templates DROP COLUMN condition;
    PRAGMA user_version = 15;`);
  await old.close();

  const database = await openDatabase(file);
  const progress = await openRolloutStore(database).load();
  assert.deepEqual(progress.watched?.tolerated, ['broker-disconnected', 'disk-full', 'gate-offline']);
  const waiting = await database.read((sql) =>
    sql.all<{ readonly topic: string; readonly payload: string }>(
      'SELECT topic, payload FROM outbox ORDER BY place',
    ),
  );
  assert.deepEqual(waiting, [
    {
      topic: 'twinstile/s/north/alert',
      payload: NOTICE.replace('"notice":"forced"', '"alert":"forced-open"'),
    },
    { topic: 'twinstile/s/north/decision', payload: DECISION.replace('nobody', 'no-face') },
  ]);
  const bytes = (table: readonly { readonly topic: string; readonly payload: string }[]) =>
    table.reduce((sum, { topic, payload }) => sum + 1 + topic.length + payload.length, 0);
  const state = await database.read((sql) =>
    sql.one<{ readonly bytes: number }>('SELECT bytes FROM outbox_state'),
  );
  assert.equal(state?.bytes, bytes(waiting));
  const [row] = await openJournal(database).walk(0, 9);
  assert.deepEqual(row?.body, JSON.parse(DECISION));
  assert.equal(row?.at, wallTime(1));
  await database.close();
});
