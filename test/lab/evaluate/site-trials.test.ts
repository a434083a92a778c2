import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type EnrolledClip, siteTrials, spreadOver } from '../../../src/lab/evaluate/site-trials.js';

const clipsOf = (people: number, each: number): readonly EnrolledClip[] =>
  Array.from({ length: people * each }, (_, i) => ({ person: `p${i % people}`, file: `${i}.mkv` }));

test('enrolls each group of people by each of their clips where there are few', () => {
  const clips = clipsOf(5, 2);
  const counts = [1, 2, 3, 4, 5].map((enrolled) => siteTrials(clips, { enrolled, most: 40, seed: 1 }).length);
  assert.deepEqual(counts, [10, 20, 20, 10, 2]);
  const used = new Set(
    siteTrials(clips, { enrolled: 1, most: 40, seed: 1 }).flatMap((t) => t.map(({ file }) => file)),
  );
  assert.equal(used.size, 10);
});

test('draws as many as asked for where there are too many, the same for the same seed', () => {
  const plan = { enrolled: 4, most: 40, seed: 7 };
  const trials = siteTrials(clipsOf(60, 3), plan);
  assert.equal(trials.length, 40);
  assert.deepEqual(siteTrials(clipsOf(60, 3), plan), trials);
  assert.notDeepEqual(siteTrials(clipsOf(60, 3), { ...plan, seed: 8 }), trials);
});

test('has one trial of nobody, and none of more people than there are', () => {
  assert.deepEqual(siteTrials(clipsOf(3, 1), { enrolled: 0, most: 9, seed: 1 }), [[]]);
  assert.deepEqual(siteTrials(clipsOf(3, 1), { enrolled: 4, most: 9, seed: 1 }), []);
});

test('never enrolls a person twice, nor by a clip of another', () => {
  const sizes = fc.record({
    people: fc.integer({ min: 1, max: 12 }),
    each: fc.integer({ min: 1, max: 4 }),
    enrolled: fc.integer({ min: 1, max: 12 }),
    most: fc.integer({ min: 1, max: 50 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(sizes, ({ people, each, ...plan }) => {
      const clips = clipsOf(people, each);
      for (const trial of siteTrials(clips, plan)) {
        assert.equal(new Set(trial.map(({ person }) => person)).size, plan.enrolled);
        for (const one of trial)
          assert.ok(clips.some(({ person, file }) => person === one.person && file === one.file));
      }
    }),
  );
});

test('spreads a choice over a list, and takes all of a short one', () => {
  assert.deepEqual(spreadOver([0, 1, 2, 3, 4, 5], 2), [1, 4]);
  assert.deepEqual(spreadOver([0, 1], 5), [0, 1]);
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat()), fc.nat({ max: 40 }), (items, count) => {
      assert.equal(new Set(spreadOver(items, count)).size, Math.min(count, items.length));
    }),
  );
});
