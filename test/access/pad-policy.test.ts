import assert from 'node:assert/strict';
import { test } from 'node:test';
import { livenessObjection, padRequired } from '../../src/access/pad-policy.js';
import { never } from '../../src/access/policy/schedule.js';
import { wallTime } from '../../src/base/units.js';

for (const [name, mode, liveness, hold, expected] of [
  ['lets in a living face', 'require', 'live', undefined, undefined],
  ['turns away a picture', 'require', 'attack', undefined, 'presentation-attack'],
  ['waits where it cannot be told', 'require', 'undecided', undefined, 'liveness-undecided'],
  ['tells a picture of nobody enrolled', 'require', 'attack', 'unknown', 'presentation-attack'],
  [
    'tells a picture that is not clear enough',
    'require',
    'attack',
    'insufficient-evidence',
    'presentation-attack',
  ],
  ['tells a picture beside a badge', 'require', 'attack', 'badge-face-mismatch', 'presentation-attack'],
  ['has nothing to say where no face counts', 'require', 'attack', 'degraded', undefined],
  ['has nothing to say where a badge is asked for', 'require', 'attack', 'badge-required', undefined],
  ['leaves another reason alone while it cannot be told', 'require', 'undecided', 'unknown', undefined],
  ['only writes down in record', 'record', 'attack', undefined, undefined],
  ['only writes down what is undecided', 'record', 'undecided', undefined, undefined],
  ['does not ask when off', 'off', 'attack', undefined, undefined],
] as const)
  test(name, () => assert.equal(livenessObjection(mode, liveness, hold), expected));

test('asks in each mode what the lane asks there, and nothing of a lane without rules', () => {
  const liveness = { identification: 'require', verification: 'record', challenge: false } as const;
  assert.equal(padRequired({ liveness }, 'identification', wallTime(0)), 'require');
  assert.equal(padRequired({ liveness }, 'verification', wallTime(0)), 'record');
  assert.equal(padRequired({ liveness }, 'badge', wallTime(0)), 'off');
  assert.equal(padRequired({}, 'identification', wallTime(0)), 'off');
});

const off = { identification: 'off', verification: 'off' } as const;
const record = { identification: 'record', verification: 'off' } as const;
const require = { identification: 'require', verification: 'record' } as const;
const from = (start: number) => (at: number) => at >= start;
for (const [name, usual, exceptions, at, expected] of [
  ['asks the usual while no schedule holds', record, [{ during: never, ...require }], 5, 'record, off'],
  ['asks more while a schedule holds', record, [{ during: from(5), ...require }], 5, 'require, record'],
  ['asks less while a schedule holds', require, [{ during: from(5), ...off }], 5, 'off, off'],
  ['asks the usual again before it begins', require, [{ during: from(5), ...off }], 4, 'require, record'],
  [
    'asks what the first that holds says, however strict the next is',
    off,
    [
      { during: from(9), ...off },
      { during: from(0), ...record },
      { during: from(0), ...require },
    ],
    5,
    'record, off',
  ],
  [
    'asks the strictest of an exception where the time is no time',
    off,
    [
      { during: never, ...record },
      { during: never, ...require },
    ],
    Number.NaN,
    'require, record',
  ],
  [
    'asks the usual where the time is no time and that is the strictest',
    require,
    [{ during: never, ...off }],
    Number.POSITIVE_INFINITY,
    'require, record',
  ],
] as const)
  test(name, () => {
    const rules = { liveness: { ...usual, exceptions, challenge: false } };
    const asked = (['identification', 'verification'] as const).map((mode) =>
      padRequired(rules, mode, wallTime(at)),
    );
    assert.equal(asked.join(', '), expected);
  });
