import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { badgeId, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { openUpkeep } from '../../../src/records/erasure/sqlite-upkeep.js';
import { THE_BOX } from '../../../src/records/journal/act.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../src/records/sql/sqlite/sqlite-journal.js';
import { DIGEST, vectorFor } from '../../fixtures/fleet-world.js';
import { sameFields } from '../../support/same-fields.js';

const DAY = 86_400_000;
const now = wallTime(1000 * DAY);
const ada = personId('ada');

/** Ada's consent ended on day 900, and her badge was taken back. */
async function boxFor(t: TestContext) {
  const database = await openDatabase(':memory:');
  t.after(() => database.close());
  const gallery = await openGallery(database, Buffer.alloc(32, 7));
  const consent = { textVersion: '1', givenAt: wallTime(1), until: wallTime(900 * DAY) };
  const template = {
    person: ada,
    digest: DIGEST,
    source: 'a'.repeat(64),
    vector: vectorFor('ada'),
    createdAt: wallTime(1),
  };
  await gallery.apply([
    { kind: 'put-person', person: { id: ada, name: 'Ada', consent } },
    { kind: 'add-template', template },
    { kind: 'add-badge', badge: badgeId('b-1'), person: ada },
    { kind: 'remove-badge', badge: badgeId('b-1') },
  ]);
  const journal = openJournal(database);
  const upkeep = openUpkeep(database, '/nowhere', { actor: THE_BOX, now: () => now });
  const acts = async () =>
    (await journal.list({ limit: 9, kind: 'act' })).map(({ body, at }) => ({ ...body, at })).reverse();
  return { upkeep, journal, acts };
}

test('templates and tombstones that retention ends are acts of the box in the chain, with counts', async (t) => {
  const { upkeep, acts, journal } = await boxFor(t);
  assert.equal(await upkeep.eraseTemplatesBefore(wallTime(899 * DAY)), 0);
  assert.equal(await upkeep.forgetTombstonesBefore(wallTime(1)), 0);
  sameFields(await acts(), []);
  assert.equal(await upkeep.eraseTemplatesBefore(now), 1);
  assert.equal(await upkeep.forgetTombstonesBefore(wallTime(Date.now() + DAY)), 1);
  sameFields(await acts(), [
    { act: 'templates-expired', templates: 1, by: 'box', at: now },
    { act: 'tombstones-expired', tombstones: 1, by: 'box', at: now },
  ]);
  sameFields(await journal.verify(), { rows: 2 });
});

test('an act does not prove the clock: retention goes by the newest row of the gates', async (t) => {
  const { upkeep, journal } = await boxFor(t);
  assert.equal(await upkeep.newestRow(), undefined);
  const at = (day: number) => wallTime(day * DAY);
  await journal.append({ kind: 'act', subject: 'a', at: at(50), body: { act: 'person-changed' } });
  assert.equal(await upkeep.newestRow(), at(50));
  await journal.append({ kind: 'decision', subject: 'd', at: at(60), body: { verdict: 'denied' } });
  await journal.append({ kind: 'act', subject: 'b', at: at(9000), body: { act: 'person-changed' } });
  assert.equal(await upkeep.newestRow(), at(60));
});
