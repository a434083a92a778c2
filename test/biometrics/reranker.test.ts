import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { modelDigest } from '../../src/base/ids.js';
import { randomFrom } from '../../src/base/random.js';
import {
  believes,
  freshNetwork,
  type Reranker,
  type RerankerNetwork,
  scoreOf,
} from '../../src/biometrics/reranker.js';
import { rerankerFromText, rerankerToText } from '../../src/biometrics/reranker-file.js';
import { addGradient, pack, trainReranker, unpack } from '../../src/lab/train/reranker/fit-reranker.js';
import { holds } from '../support/properties.js';

const DIMENSION = 4;
const random = randomFrom(9);
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => random() - 0.5);
const bentNetwork = (): RerankerNetwork => ({
  ...freshNetwork(DIMENSION, 1.3, 5, 3),
  out: numbers(5),
  offsets: numbers(5),
});
const network = bentNetwork();
const compared = modelDigest('c'.repeat(64));
const reranker: Reranker = {
  compared,
  network,
  accept: 0,
  candidates: 5,
  card: { how: 'by hand', seed: 1, trained: { people: 2, photos: 4 }, heldOut: [] },
};
const vector = fc
  .array(fc.integer({ min: -9, max: 9 }), { minLength: DIMENSION, maxLength: DIMENSION })
  .filter((values) => values.some((value) => value !== 0))
  .map((values) => Float32Array.from(values));

test('begins as the distance alone: what is nearer scores higher', () => {
  const fresh = freshNetwork(DIMENSION, 2, 8, 1);
  const at = Float32Array.of(1, 1, 1, 1);
  const scores = [0, 0.5, 1, 3].map((away) => scoreOf(fresh, at, Float32Array.of(1 + away, 1, 1, 1)));
  assert.deepEqual(
    scores,
    scores.toSorted((x, y) => y - x),
  );
});

test('says the same whichever side a vector stands on', async (t) => {
  await holds(
    t,
    fc.property(vector, vector, (a, b) =>
      assert.ok(Math.abs(scoreOf(network, a, b) - scoreOf(network, b, a)) < 1e-9),
    ),
    { short: 100, long: 100_000 },
  );
});

test('has no score for another dimension, for no direction or for NaN, and so believes none of them', () => {
  const good = Float32Array.of(1, 2, 3, 4);
  for (const odd of [Float32Array.of(1, 2), new Float32Array(4), Float32Array.of(1, Number.NaN, 2, 3)]) {
    assert.ok(Number.isNaN(scoreOf(network, good, odd)));
    assert.equal(believes({ ...reranker, accept: -1e9 }, good, [{ person: 'ada', template: odd }]), false);
  }
});

test('goes the way of its gradient, for one person and for two, as finite differences say', () => {
  for (const same of [true, false]) {
    const pair = { a: numbers(DIMENSION), b: numbers(DIMENSION), same };
    const gradient = new Float64Array(pack(network).length);
    addGradient(network, pair, 0.7, gradient);
    const lossAt = (packed: Float64Array): number =>
      addGradient(unpack(packed, DIMENSION, 1.3), pair, 0.7, new Float64Array(packed.length));
    for (let i = 0; i < gradient.length; i += 1) {
      const [up, down] = [pack(network), pack(network)];
      up[i] = (up[i] ?? 0) + 1e-3;
      down[i] = (down[i] ?? 0) - 1e-3;
      const slope = (lossAt(up) - lossAt(down)) / 2e-3;
      assert.ok(Math.abs(slope - (gradient[i] ?? 0)) < 2e-3, `${i}: ${slope} and ${gradient[i]}`);
    }
  }
});

test('learns what no distance says: pairs that differ along one axis only are two people', async () => {
  const pairs = Array.from({ length: 600 }, (_, i) => {
    const a = numbers(DIMENSION);
    const same = i % 2 === 0;
    const b = Float32Array.from(a, (value, axis) => value + (axis === (same ? 1 : 0) ? 0.3 : 0));
    return { a, b, same };
  });
  const start = freshNetwork(DIMENSION, 1, 8, 1);
  const plan = { epochs: 60, seed: 1 };
  const losses: number[] = [];
  const learned = await trainReranker(start, pairs, plan, {
    onEpoch: (_, __, loss) => void losses.push(loss),
    signal: new AbortController().signal,
  });
  const wrong = (of: RerankerNetwork): number => {
    const scores = pairs.map(({ a, b, same }) => ({ score: scoreOf(of, a, b), same }));
    const middle = scores.map(({ score }) => score).sort((x, y) => x - y)[300] ?? 0;
    return scores.filter(({ score, same }) => score > middle !== same).length;
  };
  assert.ok(wrong(start) > 200 && wrong(learned) < 60, `${wrong(start)} then ${wrong(learned)}`);
  assert.ok((losses.at(-1) ?? 9) < (losses[0] ?? 0));
});

test('the same seed gives the same network', async () => {
  const pairs = Array.from({ length: 64 }, (_, i) => ({ a: numbers(4), b: numbers(4), same: i % 3 === 0 }));
  const learn = () =>
    trainReranker(
      freshNetwork(4, 1, 3, 2),
      pairs,
      { epochs: 2, seed: 7 },
      { onEpoch: () => {}, signal: new AbortController().signal },
    );
  assert.deepEqual(await learn(), await learn());
});

const live = Float32Array.of(1, 0, 0, 0);
const person = (name: string, away: number) => ({ person: name, template: Float32Array.of(1, away, 0, 0) });
const plain: Reranker = { ...reranker, network: freshNetwork(DIMENSION, 1, 2, 1), accept: 0 };
for (const [name, nearest, accept, expected] of [
  ['the nearest, above the bound', [person('ada', 0.1), person('bob', 0.5)], 0, true],
  ['nobody below the bound', [person('ada', 0.1)], 100, false],
  ['nobody, when another scores as high', [person('ada', 0.1), person('bob', 0.1)], 0, false],
  ['nobody, when another scores higher', [person('ada', 0.5), person('bob', 0.1)], 0, false],
  ['nobody, when nobody is close', [], 0, false],
  ['nobody by a bound that is no number', [person('ada', 0.1)], Number.NaN, false],
] as const)
  test(`believes ${name}`, () => assert.equal(believes({ ...plain, accept }, live, nearest), expected));

const text = rerankerToText(reranker);
test('comes back from its file as it was', () =>
  assert.deepEqual(rerankerFromText(text, compared), reranker));

for (const [name, broken, of] of [
  ['a changed bound', text.replace('"accept": 0', '"accept": -9'), compared],
  ['no JSON', text.slice(2), compared],
  ['another format', text.replace('reranker/1', 'reranker/2'), compared],
  ['an endless text', text + ' '.repeat(8_000_000), compared],
  ['what was learned behind another head', text, modelDigest('d'.repeat(64))],
] as const)
  test(`refuses ${name}`, () =>
    assert.throws(() => rerankerFromText(broken, of), { code: 'reranker-refused' }));

test('is not written with weights that are not finite', () => {
  const out = Float32Array.of(1, 2, 3, 4, Number.NaN);
  assert.throws(() => rerankerToText({ ...reranker, network: { ...network, out } }), {
    code: 'reranker-refused',
  });
});
