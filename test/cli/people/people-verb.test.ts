import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { badgeId, modelDigest, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { badgeCommand } from '../../../src/cli/people/badge-verb.js';
import { peopleCommand } from '../../../src/cli/people/people-verb.js';
import { sumLine } from '../../../src/cli/person-lines.js';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { withDatabase } from '../../../src/service/setup/open-gallery.js';
import { sameFields } from '../../support/same-fields.js';
import { NOW, officeFor } from '../office.js';

/** Ada with badge, template and consent; Bob without. */
async function staffed(t: TestContext) {
  const office = await officeFor(t);
  await office.inside(async ({ gallery, journal }) => {
    await gallery.apply([
      {
        kind: 'put-person',
        person: {
          id: personId('ada'),
          name: 'Ada Lovelace',
          consent: { textVersion: '2026-1', givenAt: wallTime(0) },
          validUntil: wallTime(Date.UTC(2030, 0, 1)),
        },
      },
      { kind: 'put-person', person: { id: personId('bob'), name: 'Bob' } },
      { kind: 'add-badge', badge: badgeId('b1'), person: personId('ada') },
      {
        kind: 'add-template',
        template: {
          person: personId('ada'),
          digest: modelDigest('d'.repeat(64)),
          source: '5'.repeat(64),
          vector: Float32Array.of(0.5, -0.25),
          createdAt: wallTime(0),
        },
      },
    ]);
    await journal.append({
      kind: 'decision',
      subject: 'd1',
      at: NOW,
      body: { verdict: 'granted', person: 'ada' },
    });
    await journal.append({
      kind: 'decision',
      subject: 'd2',
      at: NOW,
      body: { verdict: 'granted', person: 'bob' },
    });
  });
  const command = (name: 'people' | 'badge') =>
    (name === 'people' ? peopleCommand : badgeCommand)(office.world);
  const run = (name: 'people' | 'badge', ...args: string[]) =>
    office.run(command(name), ...args, '--config', office.config);
  return { ...office, run };
}

test('list shows everybody and says who does not match', async (t) => {
  const { run } = await staffed(t);
  const { text } = await run('people', 'list');
  assert.match(
    text,
    /^ada +1 template +badge b1 +consent 2026-1( +ENROL AGAIN)? +until (the end of )?20(29|30)-.*Ada Lovelace$/m,
  );
  assert.match(text, /^bob +0 templates +no badge +NO CONSENT +Bob$/m);
  assert.match(text, /^2 people, 1 of them without consent: does not match\.$/m);
  const people = JSON.parse((await run('people', 'list', '--json')).text);
  sameFields(people[1], { id: 'bob', name: 'Bob', consent: null, badges: [], templates: [] });
  assert.equal(people[0].valid_until, '2030-01-01T00:00:00.000Z');
});

for (const [people, silent, line] of [
  [0, 0, '0 people.'],
  [1, 0, '1 person.'],
  [1, 1, '1 person, without consent: does not match.'],
  [2, 0, '2 people.'],
  [5, 3, '5 people, 3 of them without consent: do not match.'],
] as const)
  test(`${people} enrolled, ${silent} of them without consent, are summed up in a sentence`, () =>
    assert.equal(sumLine(people, silent), line));

test('show tells what is known of one person, and an id that nobody has from one that somebody has', async (t) => {
  const { run } = await staffed(t);
  assert.match(
    (await run('people', 'show', 'ada')).text,
    /^template .* encoder dddddddddddd, photo sha256 555555555555$/m,
  );
  assert.match((await run('people', 'show', 'bob')).text, /^consent +none: does not match$/m);
  assert.equal(JSON.parse((await run('people', 'show', 'ada', '--json')).text).badges[0], 'b1');
  await assert.rejects(run('people', 'show', 'eve'), { code: 'person-unknown', hint: /people list/ });
});

test('remove takes out all that are named, or nobody when one of them is unknown', async (t) => {
  const { run, inside } = await staffed(t);
  await assert.rejects(run('people', 'remove', 'ada', 'eve'), { code: 'person-unknown' });
  assert.equal((await inside(({ gallery }) => gallery.list())).length, 2);
  const { text } = await run('people', 'remove', 'ada', 'bob', '--yes');
  assert.match(text, /^ada is removed, with 1 template and 1 badge\.$/m);
  sameFields(await inside(({ gallery }) => gallery.list()), []);
});

test('remove says what still holds the person and names erase; only erase says erased', async (t) => {
  const { run } = await staffed(t);
  const { text } = await run('people', 'remove', 'ada', 'bob', '--yes');
  assert.match(text, /journal, waiting messages and backups still hold them/);
  assert.match(text, /twinstile people erase ada bob$/m);
  assert.doesNotMatch(text, /is erased/);
});

test('export gives everything held on one person, vectors only when asked for', async (t) => {
  const { run } = await staffed(t);
  const plain = JSON.parse((await run('people', 'export', 'ada')).text);
  sameFields(
    [plain.name, plain.consent, plain.badges],
    ['Ada Lovelace', { text: '2026-1', given_at: '1970-01-01T00:00:00.000Z' }, ['b1']],
  );
  assert.equal(plain.templates[0].vector, undefined);
  sameFields(
    plain.journal.map(({ kind }: { readonly kind: string }) => kind),
    ['act', 'decision'],
  );
  const whole = JSON.parse((await run('people', 'export', 'ada', '--with-templates')).text);
  sameFields(whole.templates[0].vector, [0.5, -0.25]);
});

test('with a damaged template export and show say so, and lose nothing else', async (t) => {
  const { run, inside, config } = await staffed(t);
  const template = { person: personId('ada'), digest: modelDigest('d'.repeat(64)), createdAt: wallTime(0) };
  await inside(({ gallery }) =>
    gallery.apply([
      {
        kind: 'add-template',
        template: { ...template, source: '6'.repeat(64), vector: Float32Array.of(1, 0) },
      },
    ]),
  );
  await withDatabase(await loadConfig(config), (database) =>
    database.write((sql) =>
      sql.run(
        'UPDATE templates SET sealed = CAST(zeroblob(12) || substr(sealed, 13) AS BLOB) WHERE source = ?',
        '5'.repeat(64),
      ),
    ),
  );
  const held = JSON.parse((await run('people', 'export', 'ada', '--with-templates')).text);
  sameFields(
    held.templates.map(({ damaged, vector }: { readonly damaged?: true; readonly vector?: number[] }) => [
      damaged,
      vector,
    ]),
    [
      [true, undefined],
      [undefined, [1, 0]],
    ],
  );
  sameFields([held.badges, held.journal.length > 0], [['b1'], true]);
  assert.equal(JSON.parse((await run('people', 'export', 'ada')).text).templates[0].damaged, true);
  const shown = (await run('people', 'show', 'ada')).text;
  assert.match(shown, /Ada Lovelace[\s\S]*badges {5}b1/);
  assert.match(
    shown,
    /1 template of the above is damaged and matches nobody \(photo sha256 5{12}\): enroll this person again/,
  );
  assert.equal(JSON.parse((await run('people', 'show', 'ada', '--json')).text).templates[0].damaged, true);
});

test('consent can be noted and withdrawn', async (t) => {
  const { run, inside } = await staffed(t);
  const bob = () => inside(async ({ gallery }) => (await gallery.find(personId('bob')))?.person.consent);
  await run('people', 'consent', 'bob', '--text', '2026-2');
  sameFields(await bob(), { textVersion: '2026-2', givenAt: NOW });
  const { text } = await run('people', 'consent', 'bob', '--withdraw');
  assert.match(text, /no longer matches; templates are kept\./);
  assert.match(text, /twinstile people erase bob$/m);
  assert.equal(await bob(), undefined);
  await assert.rejects(run('people', 'consent', 'bob'), { code: 'bad-arguments' });
  await assert.rejects(run('people', 'consent', 'bob', '--withdraw', '--text', '1'), {
    code: 'bad-arguments',
  });
});

test('groups are added, left and shown; "everyone" is none that can be joined', async (t) => {
  const { run } = await staffed(t);
  const groups = async (...args: string[]) => (await run('people', 'groups', 'ada', ...args)).text;
  assert.match(await groups(), /no group/);
  assert.match(await groups('--add', 'staff', 'cleaners'), /ada: cleaners staff/);
  assert.match(await groups('--remove', 'cleaners'), /ada: staff/);
  assert.match((await run('people', 'show', 'ada')).text, /groups {5}staff/);
  const held = JSON.parse((await run('people', 'export', 'ada')).text);
  sameFields([held.groups, held.passages], [['staff'], null]);
  await assert.rejects(groups('--add', 'everyone'), { code: 'bad-arguments' });
});

test('badges are given, moved only when told to, and taken back', async (t) => {
  const { run, inside } = await staffed(t);
  assert.match((await run('badge', 'add', 'bob', 'b2')).text, /Badge b2 belongs to bob\./);
  await assert.rejects(run('badge', 'add', 'bob', 'b1'), { code: 'bad-arguments', message: /ada has/ });
  assert.match((await run('badge', 'add', 'bob', 'b1', '--move')).text, /no longer to ada/);
  sameFields(JSON.parse((await run('badge', 'list', '--json')).text), [
    { badge: 'b1', person: 'bob', name: 'Bob' },
    { badge: 'b2', person: 'bob', name: 'Bob' },
  ]);
  await run('badge', 'remove', 'b1', '--yes');
  assert.equal(await inside(({ gallery }) => gallery.holderOf(badgeId('b1'))), undefined);
  await assert.rejects(run('badge', 'remove', 'b1', '--yes'), { code: 'bad-arguments' });
  await assert.rejects(run('badge', 'add', 'bob', 'no spaces'), { code: 'bad-arguments', hint: /reader/ });
  await assert.rejects(run('badge', 'add', 'eve', 'b9'), { code: 'person-unknown' });
});

test('what takes a badge away shows whose it is, and does nothing by a dry run or without a yes', async (t) => {
  const { run, inside, config, world } = await staffed(t);
  const standing = () =>
    inside(async ({ gallery, journal }) => [
      (await gallery.standingOf(badgeId('b1'))).kind,
      (await journal.list({ limit: 9, kind: 'act' })).length,
    ]);
  const before = await standing();
  assert.equal(
    (await run('badge', 'remove', 'B1', '--dry-run')).text,
    'To be taken back: badge b1, of\n  ada  Ada Lovelace, badge b1, 1 template\nNothing was changed: --dry-run.',
  );
  await assert.rejects(run('badge', 'remove', 'b1'), { code: 'bad-arguments', message: /^Expected --yes/ });
  const asked: string[] = [];
  const ask = async (question: string) => {
    asked.push(question);
    return 'no';
  };
  const atTerminal = badgeCommand({ ...world, ask });
  await atTerminal.parseAsync(['remove', 'b1', '--config', config], { from: 'user' });
  assert.deepEqual(asked, [
    'Take it back? Back only with: twinstile badge add PERSON b1. Type yes to go on: ',
  ]);
  assert.deepEqual(await standing(), before);
  await run('badge', 'remove', 'b1', '--yes');
  const removed = await standing();
  assert.match(
    (await run('badge', 'release', 'b1', '--dry-run')).text,
    /^To be released: badge b1, which was/,
  );
  await assert.rejects(run('badge', 'release', 'b1'), { message: /this cannot be undone/ });
  assert.deepEqual(await standing(), removed);
});

test('another key, a short one and none at all are told apart', async (t) => {
  const { run, folder } = await staffed(t);
  const key = path.join(folder, 'gallery.key');
  await writeFile(key, Buffer.alloc(32, 4));
  await assert.rejects(run('people', 'list'), { code: 'gallery-locked' });
  await writeFile(key, 'short');
  await assert.rejects(run('people', 'list'), { code: 'key-unusable', message: /32 bytes/ });
});

test('a badge is one badge however it is written, and a near miss is told', async (t) => {
  const { run, inside } = await staffed(t);
  assert.match((await run('badge', 'add', 'ada', '04:a2:24:b1')).text, /^Badge 04A224B1 belongs to ada\.$/);
  await assert.rejects(run('badge', 'add', 'bob', '04a224b1'), { code: 'bad-arguments', message: /ada has/ });
  await run('badge', 'add', 'ada', '0004711');
  assert.match(
    (await run('badge', 'add', 'bob', '4711')).text,
    /WARNING: badge 0004711 of ada .*leading zeros/,
  );
  await run('badge', 'remove', '04a224b1', '--yes');
  assert.equal(await inside(({ gallery }) => gallery.holderOf(badgeId('04A224B1'))), undefined);
});

test('a card that was somebody’s is released by an act of its own, which the journal has', async (t) => {
  const { run, inside } = await staffed(t);
  const kind = (badge: string) =>
    inside(async ({ gallery }) => (await gallery.standingOf(badgeId(badge))).kind);
  await assert.rejects(run('badge', 'release', 'b1'), { code: 'bad-arguments', message: /in use/ });
  await assert.rejects(run('badge', 'release', 'b7'), { code: 'bad-arguments', message: /not known here/ });
  await run('badge', 'remove', 'b1', '--yes');
  assert.equal(await kind('B1'), 'removed');
  assert.match((await run('badge', 'release', 'B1', '--yes')).text, /may be a visitor’s pass/);
  assert.equal(await kind('b1'), 'foreign');
  const acts = await inside(({ journal }) => journal.list({ limit: 9, kind: 'act' }));
  sameFields(
    acts.map(({ body }) => [body.act, body.badge]).find(([act]) => act === 'badge-released'),
    ['badge-released', 'B1'],
  );
});
