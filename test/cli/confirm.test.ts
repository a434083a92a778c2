/** Verbs that destroy, take a right away or replace a key: they show whom they mean, ask, and have --yes and --dry-run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isConfirmed } from '../../src/cli/confirm.js';
import { commandTree } from '../support/typable.js';
import { ACTS_OF_VERBS, READS } from './acts-of-verbs.js';
import { ASKING_VERBS, UNASKED_VERBS } from './irreversible-verbs.js';

const asking = Object.keys(ASKING_VERBS).toSorted();

test('of every verb that changes something it is said whether it asks, or what undoes it', () => {
  const changing = Object.entries(ACTS_OF_VERBS).flatMap(([verb, entry]) => (entry === READS ? [] : [verb]));
  const named = [...asking, ...Object.keys(UNASKED_VERBS)];
  assert.deepEqual(
    changing.filter((verb) => !named.includes(verb)),
    [],
    'Say in test/cli/irreversible-verbs.ts whether these verbs can be undone.',
  );
  assert.deepEqual(
    named.filter((verb) => !changing.includes(verb)),
    [],
    'These verbs are gone, or change nothing.',
  );
  assert.deepEqual(new Set(named).size, named.length, 'a verb is on one of the lists only');
});

test('what cannot be undone has both --yes and --dry-run, and no other verb has either', async () => {
  const places = await commandTree();
  const having = (flag: string) =>
    places
      .filter(({ command }) => command.options.some(({ long }) => long === flag))
      .map(({ words }) => words.join(' '))
      .toSorted();
  // The wizard takes the given answers by it, and destroys nothing.
  assert.deepEqual(
    having('--yes').filter((verb) => verb !== 'setup'),
    asking,
  );
  assert.deepEqual(having('--dry-run'), asking);
});

/** What was printed, asked and ended with. */
async function confirm(
  consequences: { readonly yes?: boolean; readonly dryRun?: boolean },
  answer?: string,
  wayBack?: string,
) {
  const said = { lines: [] as string[], asked: '', exitCode: 0 };
  const confirmation = {
    print: (line: string) => said.lines.push(line),
    setExitCode: (code: number) => {
      said.exitCode = code;
    },
  };
  const ask = async (question: string) => {
    said.asked = question;
    return answer ?? '';
  };
  const goesOn = await isConfirmed(
    answer === undefined ? confirmation : { ...confirmation, ask },
    'Go?',
    consequences,
    wayBack,
  );
  return { ...said, goesOn };
}

test('goes on with --yes and by a typed yes; with anything else nothing is done, with exit code 3', async () => {
  assert.equal((await confirm({ yes: true })).goesOn, true);
  for (const answer of ['yes', ' Y ']) assert.equal((await confirm({}, answer)).goesOn, true, answer);
  for (const answer of ['', 'no', 'ada', 'yess']) {
    const { goesOn, exitCode, lines } = await confirm({}, answer);
    assert.deepEqual([goesOn, exitCode, lines], [false, 3, ['Nothing was changed.']], answer);
  }
});

test('--dry-run goes before --yes, asks nothing and ends well', async () => {
  assert.deepEqual(await confirm({ yes: true, dryRun: true }, 'yes'), {
    lines: ['Nothing was changed: --dry-run.'],
    asked: '',
    exitCode: 0,
    goesOn: false,
  });
});

test('without a terminal --yes is demanded; the question says what undoes it, or that nothing does', async () => {
  await assert.rejects(confirm({}), { code: 'bad-arguments', message: /--yes.*this cannot be undone/ });
  await assert.rejects(confirm({}, undefined, 'Back with: x.'), {
    code: 'bad-arguments',
    message: 'Expected --yes, or a terminal to ask at, got neither.',
    hint: /--dry-run/,
  });
  assert.equal((await confirm({}, 'no')).asked, 'Go? This cannot be undone. Type yes to go on: ');
  assert.equal((await confirm({}, 'no', 'Back with: x.')).asked, 'Go? Back with: x. Type yes to go on: ');
});
