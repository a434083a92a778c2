import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { csvRows } from '../../src/base/csv-rows.js';
import { holds } from '../support/properties.js';

const rows = (text: string, delimiter = ',') =>
  [...csvRows(text, delimiter)].map((row) =>
    row.kind === 'row' ? [row.line, ...row.cells] : [row.line, `! ${row.got}`],
  );

for (const [what, text, delimiter, expected] of [
  ['nothing', '', ',', []],
  ['one cell', 'a', ',', [[1, 'a']]],
  ['empty cells', ',\n', ',', [[1, '', '']]],
  ['blanks around cells', ' a , "b" ,c', ',', [[1, 'a', 'b', 'c']]],
  ['tabs', 'a\t\t"b\tc"', '\t', [[1, 'a', '', 'b\tc']]],
  ['quotes written twice', '"a ""b"""', ',', [[1, 'a "b"']]],
  [
    'line breaks in quotes, which count',
    '"a\r\nb",1\nc\rd',
    ',',
    [
      [1, 'a\r\nb', '1'],
      [3, 'c'],
      [4, 'd'],
    ],
  ],
] as const)
  test(`reads ${what}`, () => assert.deepEqual(rows(text, delimiter), expected));

test('a row that is none has its own line, and the rows behind it are read', () =>
  assert.deepEqual(rows('1,a"b\n2,"b"x\n3,c\n4,"d\n5,e\n'), [
    [1, '! a quote within a field (put the field in quotes, and write the quote twice)'],
    [2, '! text behind a closing quote'],
    [3, '3', 'c'],
    [4, '! a quote that is not closed'],
    [5, '5', 'e'],
  ]));

const delimiters = fc.constantFrom(',', ';', '\t', '|');
const cells = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', 'a,b', 'x;y', '"', '""', 'a\nb', '\r\n', ' a '),
);
const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

test('what was written in quotes is read as it was, with any separator and any end of line', async (t) => {
  const table = fc.array(fc.array(cells, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 });
  const property = fc.property(
    table,
    delimiters,
    fc.constantFrom('\n', '\r\n', '\r'),
    (given, delimiter, end) => {
      const text = given.map((row) => row.map(quoted).join(delimiter)).join(end);
      assert.deepEqual(
        [...csvRows(text, delimiter)].map((row) => (row.kind === 'row' ? row.cells : row.got)),
        given,
      );
    },
  );
  await holds(t, property, { short: 500, long: 50_000 });
});

test('a list without mistakes is read as csv-parse reads it', async (t) => {
  const plain = fc.oneof(fc.stringMatching(/^[a-z .é]{0,8}$/), cells.map(quoted));
  const table = fc.array(fc.array(plain, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 });
  const property = fc.property(table, delimiters, (given, delimiter) => {
    const text = given.map((row) => row.join(delimiter)).join('\n');
    const other: string[][] = parse(text, { delimiter, trim: true, relax_column_count: true });
    assert.deepEqual(
      [...csvRows(text, delimiter)].map((row) => (row.kind === 'row' ? row.cells : row.got)),
      other,
    );
  });
  await holds(t, property, { short: 500, long: 50_000 });
});

test('any text ends, with lines that rise and at least one for each of its own', async (t) => {
  const parts = fc.array(fc.constantFrom('"', '""', ',', '\n', '\r', 'a', ' ', '\t', ';'), { maxLength: 60 });
  const property = fc.property(
    fc.oneof(
      parts.map((all) => all.join('')),
      fc.string({ unit: 'binary' }),
    ),
    delimiters,
    (text, delimiter) => {
      const lines = [...csvRows(text, delimiter)].map(({ line }) => line);
      for (const [at, line] of lines.entries()) assert.ok(line > (lines[at - 1] ?? 0));
      assert.ok((lines.at(-1) ?? 0) <= text.split(/\r\n|\r|\n/).length);
    },
  );
  await holds(t, property, { short: 1000, long: 100_000 });
});
