import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { identify } from '../../src/access/identify.js';
import type { Observation } from '../../src/access/observation.js';
import { holds } from '../support/properties.js';
import { now, outcomeOf, rules, saw } from './judging.js';

const doubted = (observation: Observation): Observation =>
  observation.match === undefined
    ? observation
    : { ...observation, match: { ...observation.match, doubted: true } };
const ada = [8, 9, 10].map((n) => saw('ada', n));

for (const [name, observations, outcome] of [
  ['holds when every look is doubted', ada.map(doubted), 'ambiguous'],
  [
    'waits when one of the three that are needed is doubted',
    [doubted(saw('ada', 8)), ...ada.slice(1)],
    'insufficient-evidence',
  ],
  [
    'waits when the newest is doubted, whatever was seen before',
    [saw('ada', 7), saw('ada', 8), saw('ada', 9), doubted(saw('ada', 10))],
    'insufficient-evidence',
  ],
  [
    'still hears a doubted look at somebody else speak against',
    [...ada, doubted(saw('bob', 7))],
    'identity-conflict',
  ],
  ['opens over a doubted look when enough others agree', [doubted(saw('ada', 7)), ...ada], 'open for ada'],
] as const)
  test(name, () => assert.equal(outcomeOf(identify(observations, now, rules)), outcome));

test('doubt never opens what the distance alone would hold, and never for somebody else', async (t) => {
  const look = fc.record({
    person: fc.constantFrom('ada', 'bob'),
    frame: fc.integer({ min: 0, max: 10 }),
    fmr: fc.constantFrom(1e-7, 1e-6, 1e-5, 1e-4),
    runnerUp: fc.constantFrom(1e-6, 1e-4, 0.1),
    isDoubted: fc.boolean(),
  });
  let opened = 0;
  await holds(
    t,
    fc.property(fc.array(look, { maxLength: 9 }), (looks) => {
      const plain = looks.map(({ person, frame, fmr, runnerUp }) => saw(person, frame, { fmr, runnerUp }));
      const withDoubt = plain.map((one, i) => (looks[i]?.isDoubted === true ? doubted(one) : one));
      const verdict = identify(withDoubt, now, rules);
      if (verdict.verdict === 'pending') return;
      opened += 1;
      assert.equal(outcomeOf(identify(plain, now, rules)), outcomeOf(verdict));
    }),
    { short: 3000, long: 100_000 },
  );
  assert.ok(opened > 3, `${opened}`);
});
