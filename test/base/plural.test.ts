import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { countPeople, howOften, plural } from '../../src/base/plural.js';

test('one is written in the singular, and nothing and many in the plural', () => {
  assert.deepEqual(
    [0, 1, 2].map((n) => plural(n, 'photo')),
    ['0 photos', '1 photo', '2 photos'],
  );
  assert.deepEqual([0, 1, 12].map(countPeople), ['0 people', '1 person', '12 people']);
  assert.deepEqual([0, 1, 2, 3].map(howOften), ['0 times', 'once', 'twice', '3 times']);
});

test('no sentence of the command line, of doctor or of a service counts without it', async () => {
  const counted =
    /\$\{[^{}]*(?:length|size|count|people|rows|photos|boxes|badges|templates|frames|passages|backups|lanes)\} (?:times|people|photos|photographs|rows|templates|badges|boxes|lanes|frames|passages|backups|segments|entries|files)\b/;
  const found: string[] = [];
  for (const room of [
    'cli',
    'service/doctor',
    'service/demo',
    'service/daemon',
    'service/config',
    'service/setup',
  ]) {
    const folder = path.join('src', room);
    for (const name of await readdir(folder, { recursive: true })) {
      if (!name.endsWith('.ts')) continue;
      const lines = (await readFile(path.join(folder, name), 'utf8')).split('\n');
      for (const line of lines) {
        // A limit in "at most 32 badges" is never one.
        const text = line.replaceAll(/\b(?:at most|than|up to) \$\{[^{}]*\}/g, '');
        if (!line.includes(' === 1 ?') && counted.test(text))
          found.push(`${path.join(folder, name)}: ${line.trim()}`);
      }
    }
  }
  assert.deepEqual(found, []);
});
