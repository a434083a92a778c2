import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { codesOfReason, REASONS } from '../../../src/access/decision-reasons.js';
import { csvLine } from '../../../src/base/csv-line.js';
import { personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { journalCommand } from '../../../src/cli/box/journal-verb.js';
import type { JournalEntry } from '../../../src/records/journal/journal.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { holds } from '../../support/properties.js';
import { NOW, officeFor } from '../office.js';

type Written = readonly [at: string, kind: JournalEntry['kind'], subject: string, body: JournalEntry['body']];

const granted = { verdict: 'granted', reason: 'face-identified', mode: 'identification', lane: 'north' };
const refused = { verdict: 'refused', lane: 'north' };
/** Berlin is two hours ahead of UTC: the evening before, and the morning of NOW, 14:00 there. */
const NIGHT: readonly Written[] = [
  ['2026-05-31T20:30:05Z', 'decision', 'd1', { ...granted, person: 'ada' }],
  ['2026-05-31T20:30:06Z', 'outcome', 'd1', { lane: 'north', outcome: 'opened', latency_ms: 12 }],
  [
    '2026-05-31T20:30:08Z',
    'passage',
    'd1',
    { lane: 'north', outcome: 'passed', granted: true, verified: true },
  ],
  ['2026-05-31T23:00:00Z', 'decision', 'd2', { ...refused, reason: 'unknown', mode: 'identification' }],
  ['2026-06-01T00:10:00Z', 'passage', 'p1', { lane: 'north', outcome: 'forced-open', granted: false }],
  ['2026-06-01T00:10:01Z', 'notice', 'n1', { lane: 'north', notice: 'forced-open' }],
  ['2026-06-01T01:00:00Z', 'command', 'c1', { lane: 'south', operation: 'lockdown', operator: 'eve' }],
  ['2026-06-01T01:00:01Z', 'outcome', 'c1', { lane: 'south', outcome: 'ok' }],
  [
    '2026-06-01T03:59:59Z',
    'decision',
    'd3',
    {
      ...granted,
      person: 'bob',
      badge: '4711',
      mode: 'verification',
      reason: 'face-verified',
      lane: 'south',
    },
  ],
  ['2026-06-01T04:00:00Z', 'outcome', 'd3', { lane: 'south', outcome: 'withdrawn', reason: 'left' }],
  [
    '2026-06-01T06:00:00Z',
    'decision',
    'd4',
    { ...refused, reason: 'badge-expired', mode: 'verification', person: 'ada', badge: '17' },
  ],
  [
    '2026-06-01T07:00:00Z',
    'decision',
    'd5',
    { ...refused, reason: 'badge-face-timeout', mode: 'verification', badge: '18' },
  ],
  [
    '2026-06-01T08:00:00Z',
    'act',
    'a1',
    { act: 'person-enrolled', person: 'ada', by: 'unix:root', templates: 2 },
  ],
];

async function written(t: TestContext, rows: readonly Written[] = NIGHT) {
  const office = await officeFor(t);
  await writeFile(
    office.config,
    `${await readFile(office.config, 'utf8')}\naccess: { time_zone: Europe/Berlin, rules: [{ effect: grant, groups: [everyone], lanes: [a] }] }\n`,
  );
  await office.inside(async ({ gallery, journal }) => {
    await gallery.apply([{ kind: 'put-person', person: { id: personId('ada'), name: 'Ada Lovelace' } }]);
    for (const [at, kind, subject, body] of rows)
      await journal.append({ kind, subject, at: wallTime(Date.parse(at)), body });
  });
  const run = async (...args: string[]) =>
    (await office.run(journalCommand(office.world), ...args, '-c', office.config)).text.replace(
      / {2}#\d+$/gm,
      '',
    );
  /** Subjects of the rows that a search finds. */
  const found = async (...args: string[]) =>
    JSON.parse(await run('list', '--json', '--kind', 'decision', ...args)).map(
      ({ subject }: { readonly subject: string }) => subject,
    );
  return { ...office, run, found };
}

test('what happened last night is one readable line each, newest first, under its day and zone', async (t) => {
  const { run } = await written(t);
  assert.equal(
    await run('list', '--since', 'yesterday', '--until', '06:00'),
    `2026-06-01, Monday (Europe/Berlin)
05:59:59 granted bob, south, badge and face, not opened: withdrawn (left)
03:00:00 command lockdown, south, by eve, ok
02:10:01 alert forced-open, north
02:10:00 passage forced-open, north, without a grant
01:00:00 refused a face, north, face, unknown
2026-05-31, Sunday (Europe/Berlin)
22:30:05 let in Ada Lovelace (ada), north, face, opened, passed`,
  );
});

test('each line ends with the number by which the row itself is shown', async (t) => {
  const { config, run, world } = await written(t);
  const lines: string[] = [];
  const command = journalCommand({ ...world, write: async (line) => void lines.push(line) });
  await command.parseAsync(['list', '--limit', '1', '-c', config], { from: 'user' });
  const [, seq = ''] = / {2}#(\d+)\n$/.exec(lines.join('')) ?? [];
  assert.equal(JSON.parse(await run('show', seq)).subject, 'a1');
});

test('show gives all rows of a decision by its id, and refuses what names none', async (t) => {
  const { run } = await written(t);
  assert.deepEqual((await run('show', 'd1')).match(/"kind": "\w+"/g), [
    '"kind": "decision"',
    '"kind": "outcome"',
    '"kind": "passage"',
  ]);
  await assert.rejects(run('show', '99999'), { code: 'bad-arguments', hint: /journal list/ });
});

for (const [args, subjects] of [
  [['--lane', 'SOUTH'], ['d3']],
  [
    ['--lane', 'north', 'south', '--verdict', 'granted'],
    ['d3', 'd1'],
  ],
  [
    ['--person', 'Ada'],
    ['d4', 'd1'],
  ],
  [
    ['--verdict', 'refused'],
    ['d5', 'd4', 'd2'],
  ],
  [['--reason', 'unknown'], ['d2']],
  [
    ['--reason', 'badge-face-timeout'],
    ['d5', 'd4'],
  ],
  [
    ['--reason', 'badge-expired'],
    ['d5', 'd4'],
  ],
  [
    ['--since', '05:59:59', '--until', '08:00:01'],
    ['d4', 'd3'],
  ],
  [
    ['--since', '2026-06-01', '--oldest-first'],
    ['d2', 'd3', 'd4', 'd5'],
  ],
  [['--until', '31.05.2026'], ['d1']],
  [['--person', 'ada', '--verdict', 'granted', '--since', '2h'], []],
] as const)
  test(`list ${args.join(' ')} finds ${subjects.join(', ') || 'nothing'}`, async (t) => {
    const { found } = await written(t);
    assert.deepEqual(await found(...args), subjects);
  });

test('a reason is found under every code that it has had, by whichever it is asked for', () => {
  assert.deepEqual(codesOfReason('low-quality'), ['low-quality', 'poor-picture']);
  assert.deepEqual(codesOfReason('poor-picture'), ['low-quality', 'poor-picture']);
  assert.deepEqual(codesOfReason('unknown'), ['unknown']);
  for (const code of REASONS) assert.ok(codesOfReason(code).includes(code), code);
});

test('export takes the same filters, oldest first', async (t) => {
  const { run } = await written(t);
  const rows = (await run('export', '--since', 'yesterday', '--until', '02:00', '--lane', 'north')).split(
    '\n',
  );
  assert.deepEqual(
    rows.map((row) => JSON.parse(row).kind),
    ['decision', 'outcome', 'passage', 'decision'],
  );
  assert.match(rows[0] ?? '', /"hash":"[0-9a-f]{64}"/);
});

test('a search that finds nothing says for which time, and which of its words name nothing', async (t) => {
  const { run } = await written(t);
  assert.equal(
    await run('list', '--since', '13:00', '--person', 'adda', '--lane', 'b', '--reason', 'outside-hour'),
    `Nothing that was asked for from 2026-06-01 13:00:00 (Europe/Berlin).
No lane of this configuration has the id 'b'. Nearest: a.
No one who is enrolled has the id 'adda'. Nearest: ada.
No reason of a decision has the id 'outside-hour'. Nearest: outside-hours.`,
  );
  assert.match(await run('list', '--since', '13:00', '--until', 'today'), /^Nothing happened from /);
});

test('a time that is none is refused before the database is opened', async (t) => {
  const { run } = await written(t);
  await assert.rejects(run('list', '--since', 'soon'), {
    code: 'bad-arguments',
    message: /for --since, got 'soon'/,
  });
});

test('without a time the newest twenty rows are shown, with one all of it', async (t) => {
  const many = Array.from(
    { length: 30 },
    (_, n): Written => [
      new Date(NOW - 60_000 * (30 - n)).toISOString(),
      'decision',
      `m${n}`,
      { ...refused, reason: 'unknown' },
    ],
  );
  const { run } = await written(t, many);
  assert.equal((await run('list')).match(/ refused /g)?.length, 20);
  assert.equal((await run('list', '--since', 'today')).match(/ refused /g)?.length, 30);
  assert.equal((await run('list', '--since', 'today', '--limit', '7')).match(/ refused /g)?.length, 7);
});

test('in the night when clocks go back each time says its offset, so that one hour is not taken for the other', async (t) => {
  const { run } = await written(t, [
    ['2026-10-25T00:30:00Z', 'decision', 'd1', { ...refused, reason: 'unknown' }],
    ['2026-10-25T01:30:00Z', 'decision', 'd2', { ...refused, reason: 'unknown' }],
  ]);
  assert.match(
    await run('list', '--oldest-first', '--verdict', 'refused'),
    /^2026-10-25, Sunday .*\n02:30:00 \+02:00 refused .*\n02:30:00 \+01:00 refused /,
  );
});

const HOSTILE = '=1+1"\n,<b>\u202E\u2028\u001B[2J';
test('names and badges of strangers forge no line, no formula, no element and no escape in any form', async (t) => {
  const { run, inside, folder } = await written(t, [
    ['2026-06-01T06:00:00Z', 'decision', 'd1', { ...granted, person: 'mal' }],
    [
      '2026-06-01T06:00:01Z',
      'decision',
      'd2',
      { ...refused, reason: 'badge-unknown', mode: 'badge', badge: HOSTILE },
    ],
    [
      '2026-06-01T06:00:02Z',
      'command',
      'c1',
      { operation: HOSTILE, claimed: HOSTILE, result: 'refused', reason: 'not-allowed' },
    ],
  ]);
  await inside(({ gallery }) =>
    gallery.apply([{ kind: 'put-person', person: { id: personId('mal'), name: 'Mal' } }]),
  );
  // As a version before the rule for names stored it.
  const database = await openDatabase(path.join(folder, 'data/twinstile.db'));
  await database.write((sql) => sql.run("UPDATE people SET name = ? WHERE id = 'mal'", HOSTILE));
  await database.close();
  const lines = (await run('list', '--kind', 'decision', 'command')).split('\n');
  assert.equal(lines.length, 4);
  const csv = await run('export', '--csv', '--until', 'today');
  const html = await run('list', '--html', '--until', 'today');
  for (const text of [...lines, csv, html])
    assert.doesNotMatch(text, /[\p{Bidi_Control}\p{Zl}]|\p{Cc}(?<!\n)/u);
  const cells: string[][] = parse(csv);
  assert.equal(cells.length, 4);
  for (const cell of cells.flat()) assert.doesNotMatch(cell, /^[=+\-@]/);
  assert.doesNotMatch(html, /<b>/);
  assert.equal(html.match(/<tr/g)?.length, 4);
});

test('CSV has a line for each row, with times that say their offset', async (t) => {
  const { run } = await written(t);
  const [head, first]: string[][] = parse(
    await run('list', '--csv', '--limit', '1', '--person', 'ada', '--verdict', 'granted'),
  );
  assert.deepEqual(head, [
    'row',
    'time',
    'kind',
    'what',
    'person',
    'name',
    'badge',
    'lane',
    'how',
    'result',
    'explanation',
  ]);
  assert.deepEqual(first?.slice(1), [
    '2026-05-31T22:30:05+02:00',
    'decision',
    'let in',
    'ada',
    'Ada Lovelace',
    '',
    'north',
    'face',
    'opened, passed',
    'The face is that of one enrolled person.',
  ]);
});

test('what CSV writes is read back as it was by another reader, and no cell is a formula', async (t) => {
  const cell = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('=cmd', '+1', ' -1', '\t@x', '＝1', 'a,b', '"', 'a\nb', ''),
  );
  const property = fc.property(fc.array(cell, { minLength: 2, maxLength: 6 }), (cells) => {
    const rows: string[][] = parse(csvLine(cells), { relax_quotes: false });
    assert.equal(rows.length, 1);
    assert.equal(rows[0]?.length, cells.length);
    for (const [at, shown] of (rows[0] ?? []).entries()) {
      assert.doesNotMatch(shown, /^\s*[=+\-@＝＋－＠]/);
      assert.doesNotMatch(shown, /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/u);
      if (/^[a-z,"]*$/.test(cells[at] ?? '')) assert.equal(shown, cells[at]);
    }
  });
  await holds(t, property, { short: 500, long: 50_000 });
});
