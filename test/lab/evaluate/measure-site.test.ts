import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomFrom } from '../../../src/base/random.js';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { measureSite, type SiteClip, type SitePlan } from '../../../src/lab/evaluate/measure-site.js';
import { cardOf, table } from '../../biometrics/head/card-sample.js';
import { badgeRules, face, frameOf, rules } from '../../lane/lane-world.js';

const PEOPLE = 5;
const SIZE = PEOPLE + 2;
const card = { ...cardOf(SIZE, table('test')) };
const normalised = { ...card, encoder: { ...card.encoder, normalise: true } };
const plan: SitePlan = { enrolled: [1, 3], photographs: [0], most: 40, seed: 1, attempts: 3 };

/** Faces of unit length that share most of what they are: the camera's own direction, at `place` behind those of people. */
function clipOf(person: number, take: number, place = PEOPLE): SiteClip {
  const random = randomFrom(100 * person + take);
  const reports = Array.from({ length: 30 }, (_, n) => {
    const vector = Float32Array.from({ length: SIZE }, () => 0.01 * random());
    vector[person] = (vector[person] ?? 0) + 0.312;
    vector[place] = (vector[place] ?? 0) + 0.95;
    const length = Math.hypot(...vector);
    return frameOf(n, 50 * n, [face('eve', { embedding: vector.map((value) => value / length) })]);
  });
  return { file: `${person}-${take}.mkv`, person: `p${person}`, reports };
}

const clips = Array.from({ length: 2 * PEOPLE }, (_, i) => clipOf(i % PEOPLE, Math.floor(i / PEOPLE)));
const question = {
  card: normalised,
  comparison: comparisonOf(normalised),
  rules: { ...rules, verification: badgeRules.verification },
  clips,
  photographs: [],
  plan,
};

test('lets strangers of one camera in where its centre is not known, and none where it is', async () => {
  const rows = await measureSite(question);
  assert.deepEqual(
    rows.map(({ enrolled, compared, galleries }) => [enrolled, compared, galleries]),
    [
      [1, 'raw', 10],
      [1, 'centred', 10],
      [3, 'raw', 20],
      [3, 'centred', 20],
    ],
  );
  for (const { enrolled, compared, identification, verification } of rows) {
    const strangers = identification.strangers.attempts;
    assert.equal(strangers.of, 80);
    assert.equal(verification.strangers.attempts.of, enrolled === 1 ? 80 : 240);
    // Among three that are all alike the margin refuses most of them: nobody is clearly the nearest.
    assert.equal(strangers.errors > 0, compared === 'raw');
    assert.equal(verification.strangers.attempts.errors > 0, compared === 'raw');
    if (compared === 'raw') continue;
    assert.equal(identification.enrolled.attempts.errors, identification.enrolled.attempts.of);
    assert.equal(verification.enrolled.attempts.errors, verification.enrolled.attempts.of);
  }
});

test('never judges a clip by the templates that were made of it', async () => {
  const [row] = await measureSite({ ...question, plan: { ...plan, enrolled: [1] } });
  assert.equal(row?.identification.enrolled.attempts.of, 10);
});

test('counts photographs of others as enrolled, and every clip as a stranger’s where nobody else is', async () => {
  const photographs = [0, 1].map((n) => Float32Array.from({ length: SIZE }, (_, i) => (i === n ? -1 : 0)));
  const rows = await measureSite({
    ...question,
    photographs,
    plan: { ...plan, enrolled: [0], photographs: [0, 2] },
  });
  assert.deepEqual(
    rows.map(({ photographs: n, identification }) => [n, identification.strangers.attempts.of]),
    [
      [2, 10],
      [2, 10],
    ],
  );
});

test('meets at another camera those who were enrolled at the first, and leaves out copies of the same clip', async () => {
  const live = Array.from({ length: 2 * PEOPLE }, (_, i) =>
    clipOf(i % PEOPLE, Math.floor(i / PEOPLE), PEOPLE + 1),
  );
  const rows = await measureSite({ ...question, live, plan: { ...plan, enrolled: [1, 2] } });
  assert.deepEqual(
    rows.map(({ where, enrolled }) => [where, enrolled]),
    [
      ['elsewhere', 1],
      ['elsewhere', 1],
      ['elsewhere', 2],
      ['elsewhere', 2],
      ['both', 2],
      ['both', 2],
    ],
  );
  for (const { identification, enrolled, where, compared } of rows) {
    // Who was enrolled here is like every stranger here as long as the centre is not known.
    const isAlike = where === 'both' && compared === 'raw';
    assert.equal(identification.strangers.attempts.errors > 0, isAlike);
    assert.equal(identification.enrolled.attempts.of, enrolled === 1 ? 10 : 40);
  }
});
