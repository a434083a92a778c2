import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TwinstileError } from '../../../src/base/errors.js';
import {
  areEnough,
  countPairs,
  decodePairs,
  encodePairs,
} from '../../../src/fleet/releases/release-examination.js';
import {
  type Contents,
  encodeContents,
  encodePlan,
  isReleased,
  type Plan,
  readContents,
  readPlan,
} from '../../../src/fleet/releases/rollout-plan.js';
import { holds } from '../../support/properties.js';

const hash = (digit: string): string => digit.repeat(64);
const file = (name: string, bytes = 10): Contents['files'][number] => ({
  name,
  bytes,
  sha256: hash('a'),
  pieces: [[hash('b'), bytes]],
});
const whole: Contents = {
  v: 1,
  pack: 'mobile.0123456789ab',
  files: [file('card.json'), file('encoder.onnx')],
  head: null,
  pairs: [hash('c'), 100],
};
const release: Plan['releases'][number] = {
  number: 1,
  pack: whole.pack,
  contents: [hash('d'), 100],
  status: 'offered',
  percent: 10,
  devices: ['b', 'a'],
};

test('contents and plans come back as they were written, devices in order', () => {
  assert.deepEqual(readContents(encodeContents(whole)), whole);
  const plan = readPlan(encodePlan({ site: 'hq', serial: 3, releases: [release] }), 'hq');
  assert.deepEqual(plan.releases, [{ ...release, devices: ['a', 'b'] }]);
});

const refused = (read: () => unknown, message: RegExp): void => {
  assert.throws(
    read,
    (error) =>
      error instanceof TwinstileError && error.code === 'fleet-refused' && message.test(error.message),
  );
};
const changed = (change: Partial<Contents>) => () => readContents(encodeContents({ ...whole, ...change }));

for (const [name, read, message] of [
  [
    'a name that leads elsewhere',
    changed({ files: [file('card.json'), file('../evil.onnx')] }),
    /contents of a release/,
  ],
  ['a pack that leads elsewhere', changed({ pack: '../mobile' }), /contents of a release/],
  ['a card that is not first', changed({ files: [file('encoder.onnx'), file('card.json')] }), /a card first/],
  [
    'pieces that are not the file',
    changed({ files: [file('card.json'), { ...file('encoder.onnx'), bytes: 11 }] }),
    /pieces of 11 bytes/,
  ],
  [
    'more than fits on a disk',
    changed({
      files: [
        file('card.json'),
        ...['a', 'b'].map((name) => ({
          ...file(name),
          bytes: 2 ** 30,
          pieces: Array(1024).fill([hash('b'), 2 ** 20]),
        })),
      ],
    }),
    /a release of up to/,
  ],
  ['no JSON', () => readContents(Buffer.from('{')), /contents of a release/],
  [
    'the plan of another site',
    () => readPlan(encodePlan({ site: 'hq', serial: 1, releases: [] }), 'lab'),
    /plan of site lab/,
  ],
  [
    'releases out of order',
    () => readPlan(encodePlan({ site: 'hq', serial: 1, releases: [release, release] }), 'hq'),
    /rising by number/,
  ],
  [
    'a share above all',
    () => readPlan(encodePlan({ site: 'hq', serial: 1, releases: [{ ...release, percent: 101 }] }), 'hq'),
    /a plan of releases/,
  ],
] as const)
  test(`${name} is refused`, () => refused(read, message));

test('only folders of releases look like those of releases', () => {
  assert.deepEqual(
    ['builtin', 'mobile', 'zoo', 'mobile.0123456789ab', 'mine.v2', 'x.0123456789abc'].map(isReleased),
    [false, false, false, true, false, false],
  );
});

test('photographs come back in their order, and nothing else is read as photographs', async (t) => {
  const photos = fc.array(
    fc.record({ person: fc.nat(20), photo: fc.uint8Array({ minLength: 1, maxLength: 50 }) }),
    { maxLength: 30 },
  );
  await holds(
    t,
    fc.property(photos, fc.nat(), fc.nat(255), (given, place, byte) => {
      const bytes = encodePairs(given);
      const read = decodePairs(bytes);
      assert.deepEqual(
        read.map(({ person, photo }) => [person, [...photo]]),
        given.map(({ person, photo }) => [person, [...photo]]),
      );
      refused(() => decodePairs(bytes.subarray(0, bytes.length - 1)), /photographs/);
      const bent = Buffer.from(bytes);
      bent[place % 12] = byte;
      try {
        decodePairs(bent);
      } catch (error) {
        assert.ok(error instanceof TwinstileError && error.code === 'fleet-refused');
      }
    }),
    { short: 100, long: 20_000 },
  );
});

test('pairs are counted', () => {
  const photos = [0, 0, 0, 1, 1, 2].map((person) => ({ person }));
  assert.deepEqual(countPairs(photos), { people: 3, genuine: 4, impostor: 11 });
  assert.equal(areEnough({ people: 8, genuine: 8, impostor: 100 }), true);
  assert.equal(areEnough({ people: 8, genuine: 7, impostor: 100 }), false);
});
