/** People as points, ready to be evaluated. */

import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import type { Head } from '../../../src/biometrics/head/head.js';
import { digestOf } from '../../../src/biometrics/model-card.js';
import type { PeoplePhotos } from '../../../src/lab/evaluate/acquire-photos.js';
import { cardOf, table } from '../../biometrics/head/card-sample.js';
import { halfTwin, twin } from '../../biometrics/head/sample.js';
import { crowd } from '../../biometrics/statistics/crowd.js';

export const DIMENSION = 6;
export const card = cardOf(DIMENSION, table('the pack'));

export const TWIN: Head = { ...twin(DIMENSION, 3), encoder: digestOf(card) };
export const HALF_TWIN: Head = { ...halfTwin(DIMENSION, 3), encoder: digestOf(card) };

export function photosOf(of: Partial<Parameters<typeof crowd>[0]> = {}, head?: Head): PeoplePhotos {
  const shown = crowd({ people: 40, photosOf: (person) => 1 + (person % 3), spread: 0.2, seed: 3, ...of });
  return {
    pack: 'test',
    comparison: comparisonOf(card, head),
    shown: shown.map(({ person, vector }, i) => ({ person, vector, name: `${person}/${i}.jpg` })),
    missing: [
      { name: 'p1/blank.jpg', reason: 'no-face' },
      { name: 'p2/blank.jpg', reason: 'no-face' },
      { name: 'p2/broken.jpg', reason: 'unreadable' },
    ],
  };
}
