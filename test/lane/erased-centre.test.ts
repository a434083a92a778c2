import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneId, personId, siteId } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import { cameraCondition } from '../../src/biometrics/conditions/capture-condition.js';
import { comparisonOf } from '../../src/biometrics/head/comparison.js';
import { digestOf } from '../../src/biometrics/model-card.js';
import { openLiveGallery } from '../../src/lane/live-gallery.js';
import { openSearch } from '../../src/records/people/search.js';
import { cardOf, table } from '../biometrics/head/card-sample.js';
import { fakeGallery } from '../fakes/gallery-store.js';
import { until } from '../until.js';

const plain = cardOf(3, table('the pack'));
const card = { ...plain, encoder: { ...plain.encoder, normalise: true } };
const lane = laneId('north');
const [color, infrared] = (['color', 'infrared'] as const).map((light) => ({
  condition: cameraCondition(siteId('hq'), lane, light),
}));

test('with a person’s templates the part of them in the centre of a running lane’s gallery goes, and what remains is as if never enrolled', async (t) => {
  assert.ok(color !== undefined && infrared !== undefined);
  const store = fakeGallery();
  const enroll = (id: string, vector: Float32Array) =>
    store.apply([
      {
        kind: 'put-person',
        person: { id: personId(id), name: id, consent: { textVersion: '1', givenAt: wallTime(1) } },
      },
      {
        kind: 'add-template',
        template: {
          person: personId(id),
          digest: digestOf(card),
          source: id.repeat(16),
          vector,
          createdAt: wallTime(1),
          condition: color.condition,
        },
      },
    ]);
  const cameras = { generation: () => '', load: async () => new Map([[lane, { color, infrared }]]) };
  const open = () => openLiveGallery({ store, openSearch, comparison: comparisonOf(card), cameras });
  await enroll('bob', Float32Array.of(0, 1, 0));
  const never = await open();
  const expected = never.current(lane).plan;
  await never.close();
  await enroll('ada', Float32Array.of(1, 0, 0));
  const live = await open();
  const stop = new AbortController();
  const watching = live.watch(stop.signal);
  t.after(async () => {
    stop.abort();
    await watching;
    await live.close();
  });
  assert.equal(live.current(lane).plan.people, 2);
  assert.ok((live.current(lane).plan.live?.[0] ?? 0) > 0);
  await store.apply([{ kind: 'remove-person', person: personId('ada') }]);
  await until(() => live.current(lane).plan.people === 1, 'the centre without the person');
  for (const light of ['color', 'infrared'] as const) {
    const { plan } = live.current(lane, light);
    assert.deepEqual([plan.live?.[0], plan.template(color.condition)?.[0]], [0, 0]);
  }
  assert.deepEqual(live.current(lane).plan.live, expected.live);
});
