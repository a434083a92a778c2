/** People as points, ready to be evaluated. */
import type { PeoplePhotos } from '../../../src/app/evaluation/people-photos.js';
import { digestOf } from '../../../src/siamese/card.js';
import { comparisonOf } from '../../../src/siamese/head/comparison.js';
import type { Head } from '../../../src/siamese/head/head.js';
import { crowd } from '../../siamese/evaluation/crowd.js';
import { cardOf, table } from '../../siamese/head/card-sample.js';
import { halfTwin, twin } from '../../siamese/head/sample.js';

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
