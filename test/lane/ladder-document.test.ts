/** What the documents say of each cause is what the program does. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CAUSES, DEGRADED_MEANINGS, type Degraded, leftBy } from '../../src/lane/health/degraded-modes.js';

const read = (file: string): string => readFileSync(new URL(`../../docs/${file}`, import.meta.url), 'utf8');

test('OPERATIONS.md has a row for every cause, with what it leaves and what to do', () => {
  const rows = [...read('OPERATIONS.md').matchAll(/^\| `([a-z-]+)` \| (\w+) \| (.+) \| (.+) \|$/gm)];
  const told = rows.map(([, cause, leaves]) => [cause, leaves === 'all' ? 'identification' : leaves]);
  assert.deepEqual(told.toSorted(), CAUSES.map((cause) => [cause, leftBy(cause)]).toSorted());
});

test('OPERATIONS.md begins what it says of a cause with the meaning that the program has for it', () => {
  const rows = [...read('OPERATIONS.md').matchAll(/^\| `([a-z-]+)` \| \w+ \| (.+) \| .+ \|$/gm)];
  const written = new Map(rows.map(([, cause, meaning = '']) => [cause, meaning.replaceAll('**', '')]));
  const odd = CAUSES.filter((cause: Degraded) => {
    const meaning = DEGRADED_MEANINGS[cause].replaceAll('’', "'").slice(0, -1);
    return written.get(cause)?.replaceAll('’', "'").startsWith(meaning) !== true;
  });
  assert.deepEqual(odd, []);
});

test('PROTOCOL.md names every cause', () => {
  const text = read('PROTOCOL.md');
  assert.deepEqual(
    CAUSES.filter((cause) => !text.includes(`\`${cause}\``)),
    [],
  );
});
