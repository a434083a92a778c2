/** The shipped card for an encoder of two numbers: what was measured of the real one's distances does not hold for it. */
import assert from 'node:assert/strict';
import type { ModelCard } from '../../src/biometrics/model-card.js';
import { readCatalog } from '../../src/biometrics/packs/pack-catalog.js';

const found = (await readCatalog()).get('mobile')?.card;
assert.ok(found !== undefined);
export const shippedCard: ModelCard = found;
const { calibration, photographs: _, ...card } = { photographs: undefined, ...shippedCard };
assert.ok(calibration !== undefined);
const { source, people, impostorPairs, matedPairs, rows } = calibration;

export const twoNumberCard: ModelCard = {
  ...card,
  encoder: { ...card.encoder, dimension: 2 },
  calibration: { source, people, impostorPairs, matedPairs, rows },
};
