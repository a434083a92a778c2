import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badgeId, modelDigest, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { PHOTO, UNKNOWN_CONDITION, WEBCAM } from '../../../src/biometrics/conditions/capture-condition.js';
import type { GalleryChange, Person } from '../../../src/records/people/person.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../src/records/sql/sqlite/sqlite-journal.js';

const ada = personId('ada');
const bob = personId('bob');
const consent = { textVersion: '2026-1', givenAt: wallTime(0) };
const put = (person: Person): GalleryChange => ({ kind: 'put-person', person });
const enrolled = [put({ id: ada, name: 'Ada', consent })];
const WHO = { by: 'unix:root', sudo: 'unix:eve', office: 'hq' };

/** @returns the acts that the last of several steps leaves, without who did it. */
async function actsOf(...steps: readonly (readonly GalleryChange[])[]) {
  const database = await openDatabase(':memory:');
  const acts = { actor: WHO, now: () => wallTime(5) };
  const gallery = await openGallery(database, Buffer.alloc(32, 1), acts);
  const journal = openJournal(database);
  let before = 0;
  for (const changes of steps) {
    before = (await journal.list({ limit: 1 }))[0]?.seq ?? 0;
    await gallery.apply(changes);
  }
  const rows = await journal.walk(before, 99);
  assert.equal((await journal.verify()).firstBroken, undefined);
  await database.close();
  return rows.map(({ kind, at, body }) => {
    assert.deepEqual([kind, at], ['act', 5]);
    const { by, sudo, office, ...told } = body;
    assert.deepEqual({ by, sudo, office }, WHO);
    return told;
  });
}

const template: GalleryChange = {
  kind: 'add-template',
  template: {
    person: ada,
    digest: modelDigest('d'.repeat(64)),
    source: '1'.repeat(64),
    vector: Float32Array.of(1, 0),
    createdAt: wallTime(0),
  },
};
const badge = badgeId('b1');

for (const [what, steps, told] of [
  [
    'somebody is enrolled with a template and a badge',
    [[...enrolled, template, { kind: 'add-badge', badge, person: ada }]],
    [
      {
        act: 'person-enrolled',
        person: 'ada',
        badge: 'b1',
        consent: '2026-1',
        templates: 1,
        badges_added: 1,
      },
    ],
  ],
  [
    'consent is withdrawn',
    [enrolled, [put({ id: ada, name: 'Ada' })]],
    [{ act: 'person-changed', person: 'ada', consent: null }],
  ],
  [
    'groups change',
    [
      [put({ id: ada, name: 'Ada', groups: ['old', 'staff'] })],
      [put({ id: ada, name: 'Ada', groups: ['staff', 'Suspended'] })],
    ],
    [{ act: 'person-changed', person: 'ada', groups_added: ['Suspended'], groups_removed: ['old'] }],
  ],
  [
    'validity and name change, without the name',
    [enrolled, [put({ id: ada, name: 'Augusta', consent, validUntil: wallTime(0) })]],
    [{ act: 'person-changed', person: 'ada', changed: 'name', valid_until: '1970-01-01T00:00:00.000Z' }],
  ],
  [
    'a badge moves from one person to another',
    [
      [...enrolled, put({ id: bob, name: 'Bob' }), { kind: 'add-badge', badge, person: ada }],
      [{ kind: 'add-badge', badge, person: bob }],
    ],
    [
      { act: 'person-changed', person: 'ada', badge: 'b1', badges_removed: 1 },
      { act: 'person-changed', person: 'bob', badge: 'b1', badges_added: 1 },
    ],
  ],
  [
    'a badge is taken back',
    [[...enrolled, { kind: 'add-badge', badge, person: ada }], [{ kind: 'remove-badge', badge }]],
    [{ act: 'person-changed', person: 'ada', badge: 'b1', badges_removed: 1 }],
  ],
  [
    'somebody is removed',
    [
      [...enrolled, template, { kind: 'add-badge', badge, person: ada }],
      [{ kind: 'remove-person', person: ada }],
    ],
    [{ act: 'person-removed', person: 'ada', badge: 'b1', templates: 1, badges_removed: 1 }],
  ],
  [
    'it is recorded where faces were captured',
    [
      [...enrolled, template],
      [{ kind: 'set-condition', person: ada, condition: PHOTO, instead: [UNKNOWN_CONDITION] }],
    ],
    [{ act: 'person-changed', person: 'ada', captured: 'photo' }],
  ],
  [
    'it was recorded before where they were captured',
    [[...enrolled, template], [{ kind: 'set-condition', person: ada, condition: WEBCAM, instead: [PHOTO] }]],
    [],
  ],
  ['nothing changes', [enrolled, enrolled], []],
  ['somebody is removed who is not there', [[{ kind: 'remove-person', person: ada }]], []],
] as const satisfies readonly (readonly [string, readonly (readonly GalleryChange[])[], readonly object[]])[])
  test(`what administrators do is journalled: who did it and what changed, when ${what}`, async () => {
    assert.deepEqual(await actsOf(...steps), told);
  });
