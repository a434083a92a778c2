import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readLeftOut, withoutPeople } from '../../../src/lab/calibrate/left-out-people.js';

const folder = mkdtempSync(path.join(tmpdir(), 'twinstile-left-out-'));
after(() => rmSync(folder, { recursive: true }));

function listOf(text: string): string {
  const file = path.join(folder, 'list.txt');
  writeFileSync(file, text);
  return file;
}

const photos = ['Ada', 'Bob', 'Ada', 'Cy'].map((person, i) => ({ person, name: `${i}` }));

test('reads one name a line, without remarks, blank lines, carriage returns and the mark of a byte order', async () => {
  const names = await readLeftOut(
    listOf('\uFEFF# who is here twice\r\nBob  # is Robert\r\n\r\n Cy Two \r\n'),
  );
  assert.deepEqual([...names], ['Bob', 'Cy Two']);
});

test('leaves out every photograph of those people and keeps the order of the others', () => {
  const kept = withoutPeople(photos, new Set(['Ada']), 'list.txt');
  assert.deepEqual(
    kept.map(({ name }) => name),
    ['1', '3'],
  );
  assert.deepEqual(withoutPeople(photos, new Set(), ''), photos);
});

test('refuses a name that no photograph has, so that a slip counts no one in silence', () => {
  assert.throws(() => withoutPeople(photos, new Set(['Ada', 'Bbo']), 'list.txt'), {
    code: 'bad-arguments',
    message: 'Expected people who are among the photographs in list.txt, got Bbo.',
  });
});

test('refuses a list that is missing and one that names no one', async () => {
  await assert.rejects(readLeftOut(path.join(folder, 'none.txt')), { code: 'bad-arguments' });
  await assert.rejects(readLeftOut(listOf('# nobody\n')), /got an empty list/);
});
