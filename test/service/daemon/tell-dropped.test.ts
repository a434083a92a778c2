import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis, wallTime } from '../../../src/base/units.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../src/records/sql/sqlite/sqlite-journal.js';
import type { Config } from '../../../src/service/config/config-schema.js';
import { reportDropped } from '../../../src/service/daemon/tell-dropped.js';
import { createFakeClock } from '../../fakes/clock.js';
import { until } from '../../until.js';

test('events that found no room are summarised once ("1,204 dropped"), in the journal and for security', async (t) => {
  const database = await openDatabase(':memory:');
  t.after(() => database.close());
  const journal = openJournal(database, 4000);
  const stop = new AbortController();
  const lines: object[] = [];
  for (let n = 0; n < 40; n += 1)
    await journal.append(
      { kind: 'decision', subject: `d-${n}`, at: wallTime(0), body: {} },
      { id: `d-${n}`, topic: 't', payload: 'x'.repeat(900), outside: n > 3 },
    );
  const dropped = await journal.dropped();
  assert.ok(dropped >= 36, String(dropped));
  const telling = reportDropped(
    {
      config: { site: 's', lanes: [{ id: 'north' }] } as unknown as Config,
      journal,
      bus: { connected: true },
      clock: createFakeClock(),
      log: { error: (line: object) => void lines.push(line) },
      every: millis(10),
    },
    stop.signal,
  );
  await until(() => lines.length > 0, 'told');
  stop.abort();
  await telling;
  const rows = await journal.list({ limit: 9, kind: 'notice' });
  assert.equal(rows[0]?.body.notice, 'events-dropped');
  assert.equal(
    rows.reduce((sum, { body }) => sum + Number(body.dropped), 0),
    (await journal.dropped()) - (await journal.unreportedDrops()),
  );
  const last = (await journal.pending(99)).at(-1);
  assert.equal(last?.topic, 'twinstile/s/north/alert');
  assert.match(last?.payload ?? '', /"events-dropped"/);
  assert.deepEqual(lines[0], { dropped });
});
