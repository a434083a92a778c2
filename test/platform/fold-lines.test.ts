import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { foldAtTerminal, foldLine, foldText } from '../../src/platform/fold-lines.js';
import { holds } from '../support/properties.js';

const word = fc.string({ minLength: 1, maxLength: 60, unit: fc.constantFrom(...'abcxyz,./é') });
const text = fc
  .array(fc.tuple(fc.constantFrom(' ', '  ', '    '), word), { maxLength: 40 })
  .map((parts) => parts.map(([gap, one]) => gap + one).join(''));

test('a folded text has the words of the text in their order, and is wider only by a single word', async (t) => {
  await holds(
    t,
    fc.property(text, fc.integer({ min: 40, max: 120 }), (line, width) => {
      const folded = foldLine(line, width);
      assert.deepEqual(folded.join(' ').split(/\s+/).filter(Boolean), line.split(/\s+/).filter(Boolean));
      for (const one of folded) assert.ok([...one].length <= width || !/\S\s+\S/.test(one), one);
    }),
    { short: 300, long: 20_000 },
  );
});

test('what fits stays as it is, and columns of a table keep their distance', () => {
  const row = 'ada      3 templates  badge 1            consent 2026-1  Ada Lovelace';
  assert.deepEqual(foldLine(row, 80), [row]);
  assert.deepEqual(foldLine(row, 50), [
    'ada      3 templates  badge 1            consent',
    '  2026-1  Ada Lovelace',
  ]);
});

test('lines for machines, and lines that move the cursor, are never folded', () => {
  const json = `  "key": "${'one two '.repeat(30)}"`;
  assert.equal(foldText(json, 80), json);
  const progress = `\r${'1 of 200 photos '.repeat(10)}\u001b[K`;
  assert.equal(foldText(progress, 80), progress);
});

test('a pipe gets its lines as they are, a terminal gets them folded', () => {
  const shown = (isTTY: boolean): string => {
    const stream = Object.assign(new PassThrough(), { isTTY, columns: 40 });
    foldAtTerminal(stream as unknown as NodeJS.WriteStream);
    stream.write(`${'word '.repeat(12)}\n`);
    return String(stream.read());
  };
  assert.equal(shown(false).split('\n').length, 2);
  assert.equal(shown(true).split('\n').length, 3);
});
