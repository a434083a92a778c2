/** The documents name files, folders and verbs that exist. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { VERBS } from '../src/verbs.js';
import { shellBlocks } from './support/document-runner.js';
import { commandTree, expectTypable } from './support/typable.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(path.join(root, 'docs/roles')).map((name) => `docs/roles/${name}`),
];
/** Whose blocks are typed by end-to-end/typed-documents.test.ts; all others are marked with what they need. */
const typed = (document: string): boolean => document === 'README.md' || document.startsWith('docs/roles/');
const places = await commandTree();
/** Raised together with the documents, so that no block leaves the test unseen. */
const [TYPED, READ] = [26, 4];
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

  test(`${document} has no line of twinstile that cannot be typed, and each block is typed by a test or says what it needs`, () => {
    const blocks = shellBlocks(path.join(root, document));
    for (const { text: block } of blocks)
      for (const [, line = ''] of block.replaceAll(/\\\n\s*/g, '').matchAll(/^(?:sudo )?twinstile (.*)$/gm))
        expectTypable(places, line.replace(/ +(#.*|&|\|\| .*)$/, '').replaceAll(/ …/g, ''));
    if (typed(document)) return;
    const unmarked = blocks.filter(({ needs }) => needs === undefined);
    assert.deepEqual(
      unmarked.map(({ line }) => line),
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

test('of the blocks that a user types, so many are typed by a test and so many are read', () => {
  const counted = documents.map((document) =>
    shellBlocks(path.join(root, document)).map((block) => ({ document, ...block })),
  );
  const own = counted.flat().filter(({ document }) => typed(document));
  const read = own.filter(({ needs }) => needs !== undefined);
  // README: a start that fetches, and one with a camera; a decision of one's own; a client of another package.
  assert.deepEqual([own.length - read.length, read.length], [TYPED, READ]);
});
