import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badgeId, modelDigest, personId } from '../../../src/base/ids.js';
import { distance, wallTime } from '../../../src/base/units.js';
import { sidesByMetric } from '../../../src/biometrics/head/comparison.js';
import {
  type EnrollCandidatesDependencies,
  enrollCandidates,
} from '../../../src/records/enrollment/enroll.js';
import type { EnrollmentCandidate } from '../../../src/records/enrollment/enrollment-report.js';
import type { GalleryStore } from '../../../src/records/people/gallery-store.js';
import type { Person } from '../../../src/records/people/person.js';
import { fakeGallery } from '../../fakes/gallery-store.js';
import { type FakeFace, fakeEncoder, fakePhoto } from '../../fakes/photo-encoder.js';

const digest = modelDigest('d'.repeat(64));
const consent = { textVersion: '1', givenAt: wallTime(1000) };
const never = new AbortController().signal;

function given(
  file: string,
  id: string,
  photo: Uint8Array,
  more: Partial<Person> = { consent },
): EnrollmentCandidate {
  return { person: { id: personId(id), name: id, ...more }, badges: [], file, read: async () => photo };
}
const photoOf = (...vector: number[]) => fakePhoto({ vector });
const withFaces = (...faces: FakeFace[]) => fakePhoto(...faces);

function partsFor(
  store: GalleryStore,
  more: Partial<EnrollCandidatesDependencies> = {},
): EnrollCandidatesDependencies {
  return {
    store,
    encoder: fakeEncoder(),
    digest,
    dimension: 2,
    rules: {
      sides: sidesByMetric('euclidean'),
      limits: () => ({ likeAnother: distance(0.5), unlikeOwn: distance(2) }),
      tolerated: [],
      clock: { wall: () => wallTime(5000) },
    },
    ...more,
  };
}

const run = (
  candidates: readonly EnrollmentCandidate[],
  store = fakeGallery(),
  more: Partial<EnrollCandidatesDependencies> = {},
) => enrollCandidates(candidates, partsFor(store, more), never);
const matrixOf = async (store: GalleryStore) => {
  const { owners, matrix } = await store.snapshot(digest, 2);
  return owners.map((owner, row) => `${owner} ${matrix[2 * row]} ${matrix[2 * row + 1]}`);
};

test('good photographs become templates, and people, badges and dates are stored', async () => {
  const store = fakeGallery();
  const report = await run(
    [
      {
        ...given('1.jpg', 'ada', photoOf(1, 0), { consent, validUntil: wallTime(9000) }),
        badges: [badgeId('b1')],
      },
      given('2.jpg', 'ada', photoOf(1, 1)),
      given('3.jpg', 'bob', photoOf(9, 9)),
    ],
    store,
  );
  assert.deepEqual(report, {
    photos: 3,
    taken: [
      { file: '1.jpg', person: 'ada', outcome: 'accepted' },
      { file: '2.jpg', person: 'ada', outcome: 'accepted' },
      { file: '3.jpg', person: 'bob', outcome: 'accepted' },
    ],
    accepted: 3,
    known: 0,
    refusals: [],
    people: 2,
    withoutConsent: [],
    withoutFace: [],
    leftOut: [],
    stopped: false,
  });
  assert.deepEqual(await matrixOf(store), ['ada 1 0', 'ada 1 1', 'bob 9 9']);
  const ada = await store.find(personId('ada'));
  assert.equal(ada?.person.validUntil, 9000);
  assert.deepEqual(ada?.badges, ['b1']);
  assert.equal(await store.version(), 1);
});

for (const [name, candidates, reason] of [
  [
    'that cannot be read',
    [{ ...given('x', 'ada', photoOf()), read: () => Promise.reject(new Error('gone')) }],
    'unreadable',
  ],
  ['that is no photograph', [given('x', 'ada', Buffer.from('a letter'))], 'unreadable'],
  ['without a face', [given('x', 'ada', withFaces())], 'no-face'],
  ['of two people', [given('x', 'ada', withFaces({ vector: [1, 0] }, { vector: [2, 0] }))], 'several-faces'],
  ['that is blurred', [given('x', 'ada', withFaces({ vector: [1, 0], problems: ['blurred'] }))], 'blurred'],
  [
    'of somebody enrolled under another id',
    [given('a', 'ada', photoOf(1, 0)), given('x', 'eve', photoOf(1.2, 0))],
    'looks-like-another',
  ],
  [
    'unlike the own ones',
    [given('a', 'ada', photoOf(1, 0)), given('x', 'ada', photoOf(5, 0))],
    'unlike-own-photos',
  ],
  [
    'that is the same one of somebody else',
    [given('a', 'ada', photoOf(1, 0)), given('x', 'eve', photoOf(1, 0))],
    'photo-of-another',
  ],
  [
    'with a badge of somebody else',
    [
      { ...given('a', 'ada', photoOf(1, 0)), badges: [badgeId('b1')] },
      { ...given('x', 'eve', photoOf(9, 0)), badges: [badgeId('b1')] },
    ],
    'badge-of-another',
  ],
  ['for an id that is none', [given('x', 'Ada Lovelace', photoOf(1, 0))], 'bad-person-id'],
] as const)
  test(`refuses a photograph ${name} and goes on`, async () => {
    const store = fakeGallery();
    const report = await run([...candidates, given('z.jpg', 'zoe', photoOf(-9, -9))], store);
    assert.deepEqual(
      report.refusals.map(({ file, reason: why }) => [file, why]),
      [['x', reason]],
    );
    assert.ok((report.refusals[0]?.sentence.length ?? 0) > 20);
    assert.equal(report.accepted, candidates.length);
    assert.ok((await matrixOf(store)).includes('zoe -9 -9'));
  });

test('does the same against what was stored in an import before', async () => {
  const store = fakeGallery();
  await run([{ ...given('a', 'ada', photoOf(1, 0)), badges: [badgeId('b1')] }], store);
  const report = await run(
    [
      given('1', 'eve', photoOf(1, 0)),
      given('2', 'eve', photoOf(1.2, 0)),
      given('3', 'ada', photoOf(5, 0)),
      { ...given('4', 'eve', photoOf(9, 0)), badges: [badgeId('b1')] },
    ],
    store,
  );
  assert.deepEqual(
    report.refusals.map(({ reason }) => reason),
    ['photo-of-another', 'looks-like-another', 'unlike-own-photos', 'badge-of-another'],
  );
  assert.equal(report.refusals[1]?.other, 'ada');
  assert.deepEqual(report.leftOut, ['eve']);
  assert.equal(await store.find(personId('eve')), undefined);
});

test('tolerates what it is told to tolerate', async () => {
  const store = fakeGallery();
  const { rules } = partsFor(store);
  const photo = withFaces({ vector: [1, 0], problems: ['blurred'] });
  const report = await run([given('1', 'ada', photo)], store, {
    rules: { ...rules, tolerated: ['blurred'] },
  });
  assert.equal(report.accepted, 1);
});

test('an import repeated encodes nothing again and adds nothing', async () => {
  const store = fakeGallery();
  const all = [
    given('1', 'ada', photoOf(1, 0)),
    given('1 again', 'ada', photoOf(1, 0)),
    given('2', 'bob', photoOf(9, 9)),
  ];
  assert.equal((await run(all, store)).known, 1);
  const encoder = fakeEncoder();
  const again = await run(all, store, { encoder });
  assert.deepEqual([again.accepted, again.known, encoder.encoded], [0, 3, 0]);
  assert.equal(await store.version(), 1);
});

test('people without consent are stored and named, and match once consent is given for the same photographs', async () => {
  const store = fakeGallery();
  const photo = photoOf(1, 0);
  const silent = await run([given('1', 'ada', photo, {}), given('2', 'eve', photoOf(1.1, 0), {})], store);
  assert.deepEqual([silent.accepted, silent.withoutConsent], [2, ['ada', 'eve']]);
  assert.deepEqual(await matrixOf(store), []);
  const given2 = await run([given('1', 'ada', photo)], store);
  assert.deepEqual([given2.known, given2.withoutConsent], [1, []]);
  assert.deepEqual(await matrixOf(store), ['ada 1 0']);
});

test('what is not said again stays: consent, its day, badges and dates', async () => {
  const store = fakeGallery();
  await run(
    [{ ...given('1', 'ada', photoOf(1, 0), { consent, validFrom: wallTime(3) }), badges: [badgeId('b1')] }],
    store,
  );
  await run([{ ...given('2', 'ada', photoOf(1, 1), {}), badges: [badgeId('b2')] }], store);
  await run(
    [given('3', 'ada', photoOf(1, 2), { name: 'Ada L.', consent: { ...consent, givenAt: wallTime(7777) } })],
    store,
  );
  const ada = await store.find(personId('ada'));
  assert.deepEqual(ada?.person, { id: 'ada', name: 'Ada L.', consent, validFrom: 3 });
  assert.deepEqual(ada?.badges, ['b1', 'b2']);
  await run(
    [given('4', 'ada', photoOf(1, 1.5), { consent: { textVersion: '2', givenAt: wallTime(8888) } })],
    store,
  );
  assert.equal((await store.find(personId('ada')))?.person.consent?.givenAt, 8888);
});

const many = (count: number) =>
  Array.from({ length: count }, (_, n) => given(`${n}`, `p${n}`, photoOf(n * 10, 0)));

test('stores some fifty photographs in one transaction', async () => {
  const store = fakeGallery();
  const seen: number[] = [];
  const report = await run(many(120), store, { onProgress: ({ done }) => seen.push(done) });
  assert.equal(report.accepted, 120);
  assert.equal(await store.version(), 3);
  assert.deepEqual(
    seen,
    Array.from({ length: 120 }, (_, n) => n + 1),
  );
});

test('keeps several photographs in flight, never more than it is told', async () => {
  let now = 0;
  let most = 0;
  const encoder = fakeEncoder(async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setTimeout(resolve, 2));
    now -= 1;
  });
  await run(many(20), fakeGallery(), { encoder, inFlight: 4 });
  assert.equal(most, 4);
});

test('stops when told to, with what was in flight stored', async () => {
  const store = fakeGallery();
  const stop = new AbortController();
  const encoder = fakeEncoder(async (count) => {
    if (count === 20) stop.abort();
  });
  const report = await enrollCandidates(many(100), partsFor(store, { encoder, inFlight: 5 }), stop.signal);
  assert.ok(report.stopped);
  assert.ok(report.accepted >= 20 && report.accepted <= 26, `${report.accepted}`);
  assert.equal((await store.list()).length, report.accepted);
  const rest = await run(many(100), store);
  assert.deepEqual(
    [rest.known, rest.accepted, rest.stopped],
    [report.accepted, 100 - report.accepted, false],
  );
});

test('when the encoder gives up, what was accepted is stored and the failure is told', async () => {
  const store = fakeGallery();
  const encoder = fakeEncoder(async (count) => {
    if (count > 30) throw new Error('no process can be started');
  });
  await assert.rejects(run(many(60), store, { encoder }), /no process/);
  assert.equal((await store.list()).length, 30);
});
