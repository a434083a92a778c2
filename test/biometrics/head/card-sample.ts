/** A model card around an encoder that is not there. */
import type { CalibrationTable, ModelCard } from '../../../src/biometrics/model-card.js';

export const table = (source: string): CalibrationTable => ({
  source,
  people: 1000,
  impostorPairs: 1e9,
  matedPairs: 1,
  rows: [
    { distance: 0.1, fmr: 1e-8 },
    { distance: 1, fmr: 1 },
  ],
});

export const cardOf = (dimension: number, calibration?: CalibrationTable): ModelCard => ({
  name: 'test',
  summary: 'test',
  detector: {
    kind: 'yunet',
    model: { file: 'd', bytes: 1, sha256: 'd'.repeat(64), licence: '', source: '' },
  },
  encoder: {
    model: { file: 'e', bytes: 1, sha256: 'e'.repeat(64), licence: '', source: '' },
    width: 112,
    height: 112,
    order: 'rgb',
    mean: [0, 0, 0],
    scale: [1, 1, 1],
    points: [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
      [2, 2],
    ],
    dimension,
    normalise: false,
    batch: 'one',
    metric: 'euclidean',
  },
  liveness: [],
  calibration,
});
