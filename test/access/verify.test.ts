import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verify } from '../../src/access/verify.js';
import { rules as all, claimOf, now, outcomeOf, saw } from './judging.js';

const rules = { ...all, framesNeeded: 2 };
const like = (frame: number, claimed = 1e-6, ago?: number) => saw('bob', frame, { claimed, ago });

for (const [name, observations, claim, outcome] of [
  ['opens when enough frames are like the holder', [like(9), like(10)], claimOf('ada'), 'open for ada'],
  ['opens with frames from just before the badge', [like(9), like(10)], claimOf('ada', 0), 'open for ada'],
  ['opens whomever a search of all would have named', [like(9), like(10)], claimOf('ada'), 'open for ada'],
  ['opens at the last moment of the badge', [like(9), like(10)], claimOf('ada', 10_000), 'open for ada'],
  ['holds when the badge is too old', [like(9), like(10)], claimOf('ada', 10_001), 'badge-face-timeout'],
  [
    'holds when the badge comes from the future',
    [like(9), like(10)],
    claimOf('ada', -1),
    'badge-face-timeout',
  ],
  ['holds when the badge has no time', [like(9), like(10)], claimOf('ada', Number.NaN), 'badge-face-timeout'],
  ['holds when nobody was seen', [], claimOf('ada'), 'no-face'],
  ['holds when one frame is counted twice', [like(10), like(10)], claimOf('ada'), 'insufficient-evidence'],
  ['holds when the face is another', [like(9, 0.1), like(10, 0.1)], claimOf('ada'), 'badge-face-mismatch'],
  [
    'holds when the rate is no number',
    [like(9, Number.NaN), like(10, Number.NaN)],
    claimOf('ada'),
    'badge-face-mismatch',
  ],
  [
    'holds when the holder has no template',
    [saw('ada', 9), saw('ada', 10)],
    claimOf('ada'),
    'badge-face-mismatch',
  ],
  [
    'holds when the newest picture is another face',
    [like(8), like(9), like(10, 0.5)],
    claimOf('ada'),
    'insufficient-evidence',
  ],
  [
    'holds when the pictures are old',
    [like(5, 1e-6, 400), like(6, 1e-6, 301)],
    claimOf('ada'),
    'stale-frame',
  ],
] as const) {
  test(name, () => assert.equal(outcomeOf(verify({ observations }, claim, now, rules)), outcome));
}
