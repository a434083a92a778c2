/** Mistakes that people make: each is answered in a sentence, with the exit code of its class, at once and without changing anything. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { fillFolder } from './mistakes/office-folder.js';
import { typed } from './mistakes/typing.js';

interface Mistake {
  readonly role: string;
  readonly typed: string;
  /** All of them are in the answer. */
  readonly says: readonly string[];
  readonly exit: number;
}

const file = new URL('./mistakes/mistakes.yaml', import.meta.url);
const MISTAKES = parse(await readFile(file, 'utf8')) as readonly Mistake[];
/** The longest waits five seconds for a broker; a machine may be busy. */
const LIMIT_MS = 60_000;
const ROLES = ['guard', 'registrar', 'integrator', 'security officer', 'fleet operator'];

let folder = '';
const credentials = process.env.CREDENTIALS_DIRECTORY;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'twinstile-mistakes-'));
  delete process.env.CREDENTIALS_DIRECTORY;
  await fillFolder(folder);
});
after(async () => {
  if (credentials !== undefined) process.env.CREDENTIALS_DIRECTORY = credentials;
  await rm(folder, { recursive: true, force: true });
});

/** Of every file but the database's own helpers, which reading makes too. */
async function stateOf(place: string): Promise<Record<string, string>> {
  const names = (await readdir(place, { recursive: true })).filter(
    (name) => !/-(shm|wal|journal)$|\.lock$/.test(name),
  );
  const states = await Promise.all(
    names.map(async (name): Promise<readonly [string, string] | undefined> => {
      const full = path.join(place, name);
      if (!(await stat(full)).isFile()) return undefined;
      return [
        name,
        createHash('sha256')
          .update(await readFile(full))
          .digest('hex'),
      ];
    }),
  );
  return Object.fromEntries(states.filter((one) => one !== undefined));
}

test('at least 80 mistakes of all five roles are known', () => {
  assert.ok(MISTAKES.length >= 80, `${MISTAKES.length}`);
  for (const role of ROLES)
    assert.ok(MISTAKES.filter((one) => one.role === role).length >= 8, `mistakes of a ${role}`);
  assert.ok(MISTAKES.every(({ role }) => ROLES.includes(role)));
});

for (const { role, typed: line, says, exit } of MISTAKES)
  test(`${role}: twinstile ${line}`, async () => {
    const was = await stateOf(folder);
    const { out, err, exitCode } = await typed(line, folder, LIMIT_MS);
    const answer = `${out}${err}`;
    for (const sentence of says) assert.ok(answer.includes(sentence), `"${sentence}" in\n${answer}`);
    assert.equal(exitCode, exit, answer);
    assert.doesNotMatch(
      answer,
      /^\s+at .*[(:]\d+|node:internal|undefined|\[object|E[A-Z]{4,}: /m,
      'a sentence, and no trace',
    );
    assert.deepEqual(await stateOf(folder), was, 'nothing was changed');
  });
