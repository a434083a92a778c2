import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { badgeId, modelDigest, personId } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import { bitsFor, bucketAt, PLACE_BITS, placeOf, placesOf } from '../../src/sync/bucket.js';
import type { PublishedPerson, ReceivedPerson } from '../../src/sync/published-person.js';
import { decodeSegment, encodeSegment } from '../../src/sync/segment.js';
import { expectSound, oneHolderEach } from '../../src/sync/soundness.js';

const OWN = { digest: modelDigest('d'.repeat(64)), dimension: 4, isUnit: true };
const ALL = { bucket: 0, bits: 0 };

function somebody(id: string, more: Partial<PublishedPerson> = {}): PublishedPerson {
  return {
    person: { id: personId(id), name: id.toUpperCase(), consent: { textVersion: '1', givenAt: wallTime(5) } },
    badges: [badgeId(`b-${id}`)],
    templates: [
      {
        digest: OWN.digest,
        source: 'a'.repeat(64),
        createdAt: wallTime(6),
        vector: Float32Array.of(0.6, 0.8, 0, 0),
      },
    ],
    ...more,
  };
}
const withVector = (...vector: number[]): PublishedPerson =>
  somebody('ada', {
    templates: [
      {
        digest: OWN.digest,
        source: 'a'.repeat(64),
        createdAt: wallTime(6),
        vector: Float32Array.from(vector),
      },
    ],
  });
const received = (...people: PublishedPerson[]): readonly ReceivedPerson[] =>
  decodeSegment(encodeSegment(people));

test('people come out as they went in', () => {
  const full = somebody('ada', {
    person: {
      id: personId('ada'),
      name: 'Ada Ü',
      consent: { textVersion: '2', givenAt: wallTime(1), until: wallTime(9) },
      validFrom: wallTime(2),
      validUntil: wallTime(3),
      groups: ['a', 'b'],
    },
  });
  const [ada, bob] = received(somebody('bob', { badges: [], templates: [] }), full);
  assert.deepEqual({ ...ada, digest: '' }, { ...full, digest: '' });
  assert.equal(bob?.person.id, 'bob');
});

test('the order of enrolment does not show in the bytes', () => {
  const [a, b, c] = [somebody('a'), somebody('b'), somebody('c')];
  assert.deepEqual(encodeSegment([c, a, b]), encodeSegment([a, b, c]));
});

test('whatever is cut off, put behind or changed is refused or is another person, and never breaks anything else', () => {
  const bytes = encodeSegment([somebody('ada'), somebody('bob')]);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ flip;
      for (const wrong of [changed, bytes.subarray(0, at), Buffer.concat([bytes, bytes.subarray(0, at + 1)])])
        try {
          const people = decodeSegment(wrong);
          assert.notDeepEqual(people, decodeSegment(bytes));
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'fleet-refused');
        }
    }),
  );
});

for (const [name, people, words] of [
  ['a length that no face has', received(withVector(0, 0, 0, 0)), /of a length/],
  ['a length that is no number', received(withVector(Number.NaN, 0, 0, 0)), /of a length/],
  ['a vector that is endless', received(withVector(Number.POSITIVE_INFINITY, 0, 0, 0)), /of a length/],
  ['a length other than one', received(withVector(1, 1, 0, 0)), /unit length/],
  ['another dimension', received(withVector(0.6, 0.8)), /of 4 numbers/],
  ['one person twice', received(somebody('ada'), somebody('ada')), /each once/],
  ['one badge twice', received(somebody('ada', { badges: [badgeId('b'), badgeId('b')] })), /each badge/],
  [
    'one template twice',
    received(
      somebody('ada', {
        templates: [...withVector(1, 0, 0, 0).templates, ...withVector(0, 1, 0, 0).templates],
      }),
    ),
    /each template/,
  ],
  [
    'a time that ends before it begins',
    received(
      somebody('ada', {
        person: { id: personId('ada'), name: '', validFrom: wallTime(3), validUntil: wallTime(2) },
      }),
    ),
    /ends after it begins/,
  ],
] as const)
  test(`a gallery with ${name} is refused`, () => {
    assert.throws(() => expectSound(people, OWN, ALL), words);
  });

test('a good gallery is not refused', () => {
  expectSound(received(somebody('ada'), somebody('bob')), OWN, ALL);
  oneHolderEach()(received(somebody('ada'), somebody('bob')));
});

test('people of another segment, and badges of two people, are refused', () => {
  const other = bucketAt(placeOf(personId('ada')), 8) ^ 1;
  assert.throws(
    () => expectSound(received(somebody('ada')), OWN, { bucket: other, bits: 8 }),
    /only people of segment/,
  );
  const [ada, bob] = ['ada', 'bob'].map((id) => received(somebody(id, { badges: [badgeId('x')] })));
  assert.throws(() => oneHolderEach()([...(ada ?? []), ...(bob ?? [])]), /one holder of badge x/);
  const check = oneHolderEach();
  check(ada ?? []);
  assert.throws(() => check(bob ?? []), /one holder of badge x/);
});

test('a bucket holds exactly its run of places', () => {
  fc.assert(
    fc.property(fc.nat(2 ** PLACE_BITS - 1), fc.nat(PLACE_BITS), (place, bits) => {
      const bucket = bucketAt(place, bits);
      const [first, last] = placesOf(bucket, bits);
      assert.ok(first <= place && place <= last);
      assert.equal(bucketAt(first, bits), bucket);
      assert.equal(bucketAt(last, bits), bucket);
    }),
  );
});

for (const [people, before, bits] of [
  [0, undefined, 0],
  [32, undefined, 0],
  [33, undefined, 1],
  [100_000, undefined, 12],
  [40, 0, 0],
  [49, 0, 1],
  [30, 1, 1],
  [15, 1, 0],
] as const)
  test(`${people} people, cut in 2^${before ?? '-'} before, go into 2^${bits} segments`, () =>
    assert.equal(bitsFor(people, before), bits));
