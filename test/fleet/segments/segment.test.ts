import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { badgeId, modelDigest, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { publishableAmong } from '../../../src/fleet/publish/write-segments.js';
import {
  decodeSegment,
  encodeSegment,
  type PublishedPerson,
  type ReceivedPerson,
  readSegment,
} from '../../../src/fleet/segments/segment.js';
import { expectMostlyValid, validAmong } from '../../../src/fleet/segments/segment-validation.js';
import { bitsFor, hashSlotOf, SLOT_BITS, shardAt, slotRangeOf } from '../../../src/records/people/shard.js';
import { holds } from '../../support/properties.js';

const OWN = { digest: modelDigest('d'.repeat(64)), dimension: 4, isUnit: true };
const ALL = { shard: 0, bits: 0 };

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

test('the order of enrollment does not show in the bytes', () => {
  const [a, b, c] = [somebody('a'), somebody('b'), somebody('c')];
  assert.deepEqual(encodeSegment([c, a, b]), encodeSegment([a, b, c]));
});

test('whatever is cut off, put behind or changed is refused or is another person, and never breaks anything else', async (t) => {
  const bytes = encodeSegment([somebody('ada'), somebody('bob')]);
  await holds(
    t,
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
    { short: 100, long: 5_000 },
  );
});

for (const [name, people, words] of [
  ['a length that no face has', received(withVector(0, 0, 0, 0)), /of a length/],
  ['a length that is no number', received(withVector(Number.NaN, 0, 0, 0)), /of a length/],
  ['a vector that is endless', received(withVector(Number.POSITIVE_INFINITY, 0, 0, 0)), /of a length/],
  ['a length other than one', received(withVector(1, 1, 0, 0)), /unit length/],
  ['another dimension', received(withVector(0.6, 0.8)), /of 4 numbers/],
  ['one person twice', received(somebody('ada'), somebody('ada')), /each person once/],
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
  test(`a record with ${name} is left out, and everybody else is taken`, () => {
    const [bob] = received(somebody('bob'));
    const { people: sound, refused } = validAmong(
      { people: [...people, ...(bob ? [bob] : [])], refused: [] },
      OWN,
      ALL,
    );
    assert.deepEqual(sound, [bob]);
    assert.equal(refused.length, people.length);
    for (const { why } of refused) assert.match(why, words);
  });

test('nothing of a good gallery is left out', () => {
  const people = received(somebody('ada'), somebody('bob'));
  assert.deepEqual(validAmong({ people, refused: [] }, OWN, ALL), { people, refused: [] });
});

test('people of another segment are left out, and so is whoever has the id of a record that cannot be read', () => {
  const other = shardAt(hashSlotOf(personId('ada')), 8) ^ 1;
  const people = received(somebody('ada'));
  const elsewhere = validAmong({ people, refused: [] }, OWN, { shard: other, bits: 8 });
  assert.deepEqual([elsewhere.people, elsewhere.refused.length], [[], 1]);
  const twice = validAmong({ people, refused: [{ id: 'ada', why: 'bad' }] }, OWN, ALL);
  assert.deepEqual([twice.people, twice.refused.length], [[], 2]);
});

test('a gallery most of whose records are bad is refused as a whole, of whatever size it is then', () => {
  const bad = (count: number) => Array.from({ length: count }, () => ({ why: 'bad' }));
  for (const [sound, refusals] of [
    [0, 1],
    [0, 15],
    [8, 8],
    [1000, 999],
  ] as const)
    expectMostlyValid(sound, bad(refusals));
  for (const [sound, refusals] of [
    [0, 16],
    [7, 9],
    [10, 1000],
  ] as const)
    assert.throws(() => expectMostlyValid(sound, bad(refusals)), { code: 'fleet-refused' });
});

const beyond: readonly (readonly [string, PublishedPerson])[] = [
  ['a name over 256 characters', somebody('ada', { person: { id: personId('ada'), name: 'x'.repeat(257) } })],
  [
    'a name of 100,000 characters',
    somebody('ada', { person: { id: personId('ada'), name: 'x'.repeat(1e5) } }),
  ],
  ['33 badges', somebody('ada', { badges: Array.from({ length: 33 }, (_, n) => badgeId(`b-${n}`)) })],
  [
    'over 100 photographs of one person',
    somebody('ada', {
      templates: Array.from({ length: 101 }, (_, n) => ({
        digest: OWN.digest,
        source: n.toString(16).padStart(64, '0'),
        createdAt: wallTime(6),
        vector: Float32Array.of(0.6, 0.8, 0, 0),
      })),
    }),
  ],
  ['an id that is none', somebody('ada', { person: { id: personId('a d a'), name: 'Ada' } })],
  [
    'an empty consent version',
    somebody('ada', {
      person: { id: personId('ada'), name: 'Ada', consent: { textVersion: ' ', givenAt: wallTime(1) } },
    }),
  ],
  [
    'a time that is none',
    somebody('ada', {
      person: {
        id: personId('ada'),
        name: 'Ada',
        validFrom: wallTime(Number.NaN),
        validUntil: wallTime(0.5),
      },
    }),
  ],
];
for (const [what, one] of beyond) {
  test(`the registrar leaves out a record with ${what}, and says whose it is`, () => {
    const { people, refused } = publishableAmong([somebody('bob'), one]);
    assert.deepEqual(
      people.map(({ person }) => person.id),
      ['bob'],
    );
    assert.equal(refused[0]?.person, one.person.id);
    assert.match(refused[0]?.why ?? '', /./);
  });

  test(`a box that meets a record with ${what} takes the others, and names nobody`, () => {
    const { people, refused } = readSegment(encodeSegment([somebody('Bob'), one, somebody('zoe')]));
    assert.deepEqual(people, received(somebody('Bob'), somebody('zoe')));
    assert.equal(refused.length, 1);
    assert.doesNotMatch(refused[0]?.why ?? '', /ada|xxx|b-\d/i);
  });
}

test('whatever a registrar may publish, a box takes, and what it may not, a box leaves out', async (t) => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constant('x'.repeat(257)));
  const time = fc.oneof(fc.integer(), fc.double(), fc.constant(undefined));
  await holds(
    t,
    fc.property(
      fc.oneof(fc.constant('ada'), text),
      text,
      fc.array(
        fc.oneof(
          fc.nat(40).map((n) => `b${n}`),
          text,
        ),
        { maxLength: 40 },
      ),
      time,
      fc.array(fc.float(), { minLength: 4, maxLength: 4 }),
      (id, name, badges, at, vector) => {
        const valid = at === undefined ? {} : { validFrom: wallTime(at) };
        const one = {
          ...somebody('ada'),
          person: { id: personId(id), name, ...valid },
          badges: badges.map(badgeId),
        };
        const withFace = { ...one, templates: withVector(...vector).templates };
        const isGood = publishableAmong([withFace]).people.length === 1;
        const own = { ...OWN, isUnit: false };
        const box = validAmong(readSegment(encodeSegment([withFace])), own, ALL);
        assert.deepEqual([box.people.length, box.refused.length], isGood ? [1, 0] : [0, 1]);
      },
    ),
    { short: 2000, long: 5_000 },
  );
});

test('fields that this version does not know refuse the whole, because they may mean something', () => {
  const json = Buffer.from(
    encodeSegment([somebody('ada', { templates: [] })])
      .subarray(15)
      .toString('utf8')
      .replace('{', '{"only_at":"x",'),
  );
  const head = Buffer.from(encodeSegment([somebody('ada')]).subarray(0, 11));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  assert.throws(() => readSegment(Buffer.concat([head, length, json])), {
    code: 'fleet-refused',
    hint: /version/,
  });
});

test('a shard holds exactly its run of places', async (t) => {
  await holds(
    t,
    fc.property(fc.nat(2 ** SLOT_BITS - 1), fc.nat(SLOT_BITS), (place, bits) => {
      const shard = shardAt(place, bits);
      const [first, last] = slotRangeOf(shard, bits);
      assert.ok(first <= place && place <= last);
      assert.equal(shardAt(first, bits), shard);
      assert.equal(shardAt(last, bits), shard);
    }),
    { short: 100, long: 100_000 },
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
