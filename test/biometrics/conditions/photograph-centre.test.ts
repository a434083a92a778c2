import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float32ToText } from '../../../src/biometrics/artifact-file.js';
import {
  photographCentreCard,
  photographCentreOf,
} from '../../../src/biometrics/conditions/photograph-centre.js';
import { digestOf } from '../../../src/biometrics/model-card.js';
import { readCatalog } from '../../../src/biometrics/packs/pack-catalog.js';

const catalog = await readCatalog();
const card = catalog.get('mobile')?.card;
assert.ok(card !== undefined);
const { dimension } = card.encoder;
const about = { source: 'test', photographs: 7 };

test('a centre that was written into a card is read from it', () => {
  const mean = new Float64Array(dimension).fill(1 / 64);
  const photographs = photographCentreCard({ mean, people: 3 }, about);
  const read = photographCentreOf(photographs, dimension);
  assert.deepEqual(read, { mean, people: 3 });
});

test('a card without photographs has no centre, and the vectors of its encoder stay the same', () => {
  const { photographs: _, ...without } = card;
  assert.equal(photographCentreOf(undefined, dimension), undefined);
  assert.equal(digestOf(without), digestOf(card));
});

for (const [name, mean] of [
  ['of another dimension', new Float32Array(dimension - 1)],
  ['longer than any mean of vectors of unit length', new Float32Array(dimension).fill(1)],
  ['with a number that is none', new Float32Array(dimension).fill(Number.NaN)],
] as const)
  test(`a centre ${name} refuses the card`, () => {
    const photographs = { ...about, people: 3, mean: float32ToText(mean) };
    assert.throws(() => photographCentreOf(photographs, dimension), { code: 'pack-refused' });
  });

for (const pack of ['mobile'])
  test(`the photographs' centre is delivered with ${pack}`, () => {
    const delivered = catalog.get(pack)?.card;
    const centre = photographCentreOf(delivered?.photographs, dimension);
    assert.ok(centre !== undefined && centre.people > 1000);
  });
