import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monotonic } from '../../../src/base/units.js';
import { createVisionTrust } from '../../../src/lane/health/vision-trust.js';

const at = (seconds: number) => monotonic(seconds * 1000);
type Event = readonly ['true' | 'untrue' | 'unsure' | 'restarted', number];

for (const [name, events, now, expected] of [
  ['before anything was heard', [], 0, 'untested'],
  ['after the first song alone', [['unsure', 0]], 1, 'untested'],
  [
    'after the one that confirms it',
    [
      ['unsure', 0],
      ['true', 0],
    ],
    1,
    'true',
  ],
  ['150 s later', [['true', 0]], 150, 'true'],
  ['when no song came for longer', [['true', 0]], 151, 'untested'],
  [
    'after a drift',
    [
      ['true', 0],
      ['untrue', 60],
    ],
    61,
    'untrue',
  ],
  [
    'after a restart',
    [
      ['true', 0],
      ['restarted', 10],
    ],
    11,
    'untested',
  ],
  [
    'while the successor of a liar is silent',
    [
      ['true', 0],
      ['untrue', 60],
      ['restarted', 60],
    ],
    70,
    'untrue',
  ],
  [
    'when the successor sings well',
    [
      ['untrue', 60],
      ['restarted', 60],
      ['true', 65],
    ],
    70,
    'true',
  ],
] as const satisfies readonly (readonly [string, readonly Event[], number, string])[])
  test(`an encoder is ${expected} ${name}`, () => {
    const trust = createVisionTrust(true);
    for (const [what, when] of events)
      if (what === 'restarted') trust.restarted(at(when));
      else trust.selfTest({ verdict: what }, at(when));
    assert.equal(trust.encoder(at(now)), expected);
  });

test('nobody doubts an encoder that is not tested', () =>
  assert.equal(createVisionTrust(false).encoder(at(1000)), 'unasked'));

for (const [name, deaths, now, failing] of [
  ['one death', [0], 1, false],
  ['four in a minute', [0, 10, 20, 30], 31, false],
  ['five in a minute', [0, 10, 20, 30, 60], 61, true],
  ['five in more than a minute', [0, 10, 20, 30, 61], 62, false],
  ['five in a minute, a minute ago', [0, 10, 20, 30, 40], 101, false],
  ['a hundred, one every ten seconds', Array.from({ length: 100 }, (_, n) => n * 10), 991, true],
] as const)
  test(`${name}: ${failing ? 'failing' : 'not failing'}`, () => {
    const trust = createVisionTrust(true);
    for (const death of deaths) trust.restarted(at(death));
    assert.equal(trust.isFailing(at(now)), failing);
  });
