import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personId } from '../../../src/base/ids.js';
import { type CaptureCondition, PHOTO } from '../../../src/biometrics/conditions/capture-condition.js';
import { strictDistance } from '../../../src/biometrics/conditions/centred.js';
import { shareOf } from '../../../src/biometrics/conditions/condition-centre.js';
import { type OffsetPlan, RAW_PLAN } from '../../../src/biometrics/conditions/offset-plan.js';
import { type ComparedPeople, sitePairs } from '../../../src/records/people/site-pairs.js';

const GATE = `camera/${'a'.repeat(16)}/color` as CaptureCondition;
const AWAY = `camera/${'b'.repeat(16)}/color` as CaptureCondition;

const peopleOf = (
  rows: readonly (readonly [string, CaptureCondition, readonly [number, number]])[],
): ComparedPeople => ({
  metric: 'euclidean',
  rows: {
    dimension: 2,
    matrix: Float32Array.from(rows.flatMap(([, , vector]) => vector)),
    owners: rows.map(([owner]) => personId(owner)),
    conditions: rows.map(([, condition]) => condition),
  },
});

/** Takes away what everybody at the gate shares. */
const GATE_PLAN: OffsetPlan = {
  people: 1000,
  live: Float64Array.of(0, 0.5),
  template: (condition) => (condition === GATE ? Float64Array.of(0, 0.5) : undefined),
};

test('each two people meet once, however many templates they have', async () => {
  const people = peopleOf([
    ['ada', GATE, [1, 0]],
    ['ada', GATE, [1, 0]],
    ['bob', GATE, [0, 1]],
    ['cyd', GATE, [-1, 0]],
  ]);
  const [pairs, ...more] = await sitePairs(people, { condition: GATE, plan: RAW_PLAN });
  assert.deepEqual(more, []);
  assert.equal(pairs?.template, GATE);
  assert.deepEqual([...(pairs?.distances ?? [])].sort(), [Math.SQRT2, Math.SQRT2, 2].map(Math.fround));
});

test('photographs meet faces that were captured where others are live', async () => {
  const people = peopleOf([
    ['ada', PHOTO, [1, 0]],
    ['bob', GATE, [0.6, 0.8]],
  ]);
  const found = await sitePairs(people, { condition: GATE, plan: RAW_PLAN });
  assert.deepEqual(
    found.map(({ template }) => template),
    [PHOTO],
  );
  assert.ok(Math.abs((found[0]?.distances[0] ?? Number.NaN) - Math.hypot(0.4, 0.8)) < 1e-6);
});

test('who is live is left out of a centre of few people, as an impostor is', async () => {
  const [ada, bob, cyd] = [
    [0.6, 0.8],
    [-0.6, 0.8],
    [0, 1],
  ] as const;
  const people = peopleOf([
    ['ada', GATE, ada],
    ['bob', GATE, bob],
    ['cyd', GATE, cyd],
  ]);
  const mean = [0, (0.8 + 0.8 + 1) / 3] as const;
  const offset = Float64Array.from(mean, (value) => value * shareOf(3));
  const plan: OffsetPlan = { people: 3, live: offset, template: () => offset };
  const [pairs] = await sitePairs(people, { condition: GATE, plan });
  const without = (one: readonly number[], other: readonly number[]): Float64Array =>
    Float64Array.from(one, (value, i) => (shareOf(2) * (value + (other[i] ?? 0))) / 2);
  const both = (a: readonly number[], b: readonly number[], third: readonly number[]): readonly number[] =>
    [without(a, third), without(b, third)].map((left) =>
      Number(
        strictDistance('euclidean', Float32Array.from(a), Float32Array.from(b), {
          template: left,
          live: left,
        }),
      ),
    );
  const possible = [both(ada, bob, cyd), both(ada, cyd, bob), both(bob, cyd, ada)];
  const found = [...(pairs?.distances ?? [])];
  assert.equal(found.length, 3);
  for (const one of possible)
    assert.ok(
      one.some((expected) => found.some((distance) => Math.abs(distance - expected) < 1e-6)),
      `${one} of ${found}`,
    );
});

test('where nobody was enrolled at the lane, templates of one condition meet each other as they are', async () => {
  const people = peopleOf([
    ['ada', AWAY, [1, 0]],
    ['bob', AWAY, [0, 1]],
    ['cyd', PHOTO, [0, 1]],
  ]);
  const found = await sitePairs(people, {
    condition: GATE,
    plan: { ...RAW_PLAN, template: () => Float64Array.of(0.5, 0) },
  });
  assert.deepEqual(
    found.map(({ template, distances }) => [template, [...distances]]),
    [[AWAY, [Math.fround(Math.SQRT2)]]],
  );
});

test('a centre of passages alone has no faces of its own to be held against', async () => {
  const people = peopleOf([
    ['ada', PHOTO, [1, 0]],
    ['bob', PHOTO, [0, 1]],
  ]);
  assert.deepEqual(await sitePairs(people, { condition: GATE, plan: GATE_PLAN }), []);
});

test('a person alone, or nobody, makes no pair', async () => {
  assert.deepEqual(await sitePairs(peopleOf([]), { plan: RAW_PLAN }), []);
  assert.deepEqual(
    await sitePairs(peopleOf([['ada', GATE, [1, 0]]]), { condition: GATE, plan: RAW_PLAN }),
    [],
  );
});

test('of a large gallery 300 people are compared, and other work goes on', async () => {
  const rows = Array.from({ length: 1000 }, (_, i) => [`p${i}`, GATE, [Math.cos(i), Math.sin(i)]] as const);
  let turns = 0;
  const count = setInterval(() => {
    turns += 1;
  }, 1);
  const [pairs] = await sitePairs(peopleOf(rows), { condition: GATE, plan: GATE_PLAN });
  clearInterval(count);
  assert.equal(pairs?.distances.length, (300 * 299) / 2);
  assert.ok(turns > 0);
});
