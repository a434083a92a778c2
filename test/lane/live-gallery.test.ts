import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personId } from '../../src/base/ids.js';
import { millis, monotonic, wallTime } from '../../src/base/units.js';
import { type Comparison, comparisonOf } from '../../src/biometrics/head/comparison.js';
import type { Head } from '../../src/biometrics/head/head.js';
import { digestOf } from '../../src/biometrics/model-card.js';
import { openLiveGallery } from '../../src/lane/live-gallery.js';
import { replayLane } from '../../src/lane/replay-lane.js';
import type { GalleryChange } from '../../src/records/people/person.js';
import { openSearch } from '../../src/records/people/search.js';
import { openGallery } from '../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';
import { cardOf, table } from '../biometrics/head/card-sample.js';
import { until } from '../until.js';
import { face, frameOf, rules } from './lane-world.js';

/** The third number is the camera's light: it says nothing of who it is. */
const card = cardOf(3, table('the pack'));
const encoder = digestOf(card);
const ADA = Float32Array.of(0, 0, 0.2);
const BOB = Float32Array.of(5, 0, 0.2);
const ADA_IN_OTHER_LIGHT = Float32Array.of(0, 0, 9);

const withoutLight = (scale: number): Head => {
  const both = {
    unitInput: false,
    unitOutput: false,
    linear: { rows: 2, columns: 3, data: Float32Array.of(scale, 0, 0, 0, scale, 0) },
  };
  return {
    kind: 'twin',
    encoder,
    dimension: 3,
    outputs: 2,
    template: both,
    live: both,
    card: { how: 'By hand.' },
  };
};
const learned: Head = { ...withoutLight(1), calibration: table('the head') };

const enrolled = (id: string, vector: Float32Array, source: string): GalleryChange[] => [
  {
    kind: 'put-person',
    person: { id: personId(id), name: id, consent: { textVersion: '1', givenAt: wallTime(1) } },
  },
  {
    kind: 'add-template',
    template: {
      person: personId(id),
      digest: encoder,
      source: source.repeat(64),
      vector,
      createdAt: wallTime(1),
    },
  },
];

const database = await openDatabase(':memory:');
const store = await openGallery(database, Buffer.alloc(32, 7));
await store.apply([...enrolled('ada', ADA, 'a'), ...enrolled('bob', BOB, 'b')]);
test.after(async () => {
  await store.close();
  await database.close();
});

const openWith = (comparison: Comparison) => openLiveGallery({ store, openSearch, comparison });

/** What a lane with this comparison says of somebody who stands there for two seconds. */
async function saidOf(embedding: Float32Array, comparison: Comparison): Promise<readonly string[]> {
  const live = await openWith(comparison);
  const said: string[] = [];
  await replayLane(
    {
      vision: {
        watch: async (onReport) => {
          for (let n = 0; n < 20; n += 1) onReport(frameOf(n, 1000 + n * 100, [face('ada', { embedding })]));
        },
      },
      clock: { monotonic: () => monotonic(0), wall: () => wallTime(2) },
      gallery: () => live.current(),
      rules: { ...rules, refuseAfter: millis(1000) },
      onLaneDecision: ({ verdict, reason, person }) =>
        said.push(`${verdict} ${reason} ${person ?? 'nobody'}`),
    },
    new AbortController().signal,
  );
  await live.close();
  return said;
}

test('another head projects the stored gallery again: nobody is photographed anew', async () => {
  const version = await store.version();
  const galleries = [];
  for (const head of [undefined, learned, { ...withoutLight(2), calibration: table('2') }]) {
    const live = await openWith(comparisonOf(card, head));
    galleries.push(live.current().snapshot);
    await live.close();
  }
  const [plain, first, second] = galleries;
  assert.deepEqual([...(plain?.matrix ?? [])], [...ADA, ...BOB]);
  assert.deepEqual([...(first?.matrix ?? [])], [0, 0, 5, 0]);
  assert.deepEqual([...(second?.matrix ?? [])], [0, 0, 10, 0]);
  assert.equal(new Set(galleries.map(({ digest }) => digest)).size, 3);
  for (const { owners, people } of galleries) {
    assert.deepEqual(owners, ['ada', 'bob']);
    assert.equal(people.size, 2);
  }
  assert.equal(await store.version(), version);
});

test('who is enrolled after the change comes in through the same head', async (t) => {
  const live = await openWith(comparisonOf(card, learned));
  const stop = new AbortController();
  const watching = live.watch(stop.signal);
  t.after(async () => {
    stop.abort();
    await watching;
    await store.apply([{ kind: 'remove-person', person: personId('cyd') }]);
    await live.close();
  });
  await store.apply(enrolled('cyd', Float32Array.of(0, 7, 3), 'c'));
  await until(() => live.current().snapshot.people.has(personId('cyd')), 'the person');
  assert.deepEqual([...live.current().snapshot.matrix.slice(-2)], [0, 7]);
  assert.equal((await live.current().search.nearest(Float32Array.of(0, 7, 99)))?.person, 'cyd');
});

for (const [name, comparison, said] of [
  ['without the head the light makes a stranger of her', comparisonOf(card), 'refused unknown nobody'],
  ['through the head she is known', comparisonOf(card, learned), 'granted face-identified ada'],
  [
    'through a head without a table nobody is let in, although the pack has one',
    comparisonOf(card, withoutLight(1)),
    'refused pack-uncalibrated nobody',
  ],
] as const) {
  test(name, async () => assert.deepEqual(await saidOf(ADA_IN_OTHER_LIGHT, comparison), [said]));
}
