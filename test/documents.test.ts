/** The documents name files, folders and verbs that exist. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { VERBS } from '../src/verbs.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const rooms = readdirSync(path.join(root, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const exists = (...parts: readonly string[]): boolean => existsSync(path.join(root, ...parts));

/** `src/lane/run-lane.ts`, `lane/run-lane.ts` and `lane/`; packages, topics and options are none of them. */
function isMissing(name: string): boolean {
  const [first = ''] = name.split('/');
  if (['src', 'test', 'bench', 'scripts', 'systemd', 'docs'].includes(first)) return !exists(name);
  const isOfRoom = rooms.includes(first) && /(\.ts|\/)$/.test(name);
  return isOfRoom && !exists('src', name);
}

for (const document of documents) {
  const text = readFileSync(path.join(root, document), 'utf8');

  test(`${document} names only files that exist`, () => {
    const names = [...text.matchAll(/`([\w.-]+\/[\w./@-]*)`/g)].map(([, name = '']) => name);
    assert.deepEqual(names.filter(isMissing), []);
  });

  test(`${document} links only to files that exist`, () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^[a-z]+:/.test(link));
    assert.deepEqual(
      links.filter((link) => !exists(path.dirname(document), link)),
      [],
    );
  });

  test(`${document} calls only verbs that exist`, () => {
    const verbs = [...text.matchAll(/`twinstile ([a-z][a-z-]*)|^(?:sudo )?twinstile ([a-z][a-z-]*)/gm)].map(
      ([, inline, block]) => inline ?? block ?? '',
    );
    assert.deepEqual(
      verbs.filter((verb) => !(verb in VERBS)),
      [],
    );
  });
}
