import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdaptedHead } from '../../../src/adaptation/adaptation-store.js';
import { openAdaptation } from '../../../src/adaptation/sqlite-adaptation.js';
import { laneId, modelDigest, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { digestWithHead } from '../../../src/biometrics/head/head.js';
import { digestOf } from '../../../src/biometrics/model-card.js';
import { openLiveGallery } from '../../../src/lane/live-gallery.js';
import { openSearch } from '../../../src/records/people/search.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { neededRate } from '../../../src/service/adaptation/consider-lanes.js';
import { laneSchema } from '../../../src/service/config/sections/lane-section.js';
import { laneHeads } from '../../../src/service/daemon/serve-adaptation.js';
import { cardOf, table } from '../../biometrics/head/card-sample.js';
import { twin } from '../../biometrics/head/sample.js';
import { until } from '../../until.js';

const card = cardOf(4, table('the pack'));
const encoder = digestOf(card);
const configured = comparisonOf(card);
const north = laneId('north');
const used: AdaptedHead = {
  head: { ...twin(4, 2), encoder, calibration: table('the camera') },
  over: configured.digest,
  madeAt: wallTime(0),
  detail: '',
};

async function world() {
  const database = await openDatabase(':memory:');
  const key = Buffer.alloc(32, 7);
  const people = await openGallery(database, key);
  await people.apply([
    {
      kind: 'put-person',
      person: { id: personId('ada'), name: 'Ada', consent: { textVersion: '1', givenAt: wallTime(1) } },
    },
    {
      kind: 'add-template',
      template: {
        person: personId('ada'),
        digest: encoder,
        source: 'a'.repeat(64),
        vector: Float32Array.of(1, 2, 3, 4),
        createdAt: wallTime(1),
      },
    },
  ]);
  const store = openAdaptation(database, key);
  const said: string[] = [];
  const tell = (_: unknown, line?: string): void => void said.push(line ?? '');
  const lanes = laneHeads({
    store,
    lanes: ['north', 'south'],
    card,
    configured,
    log: { warn: tell, error: tell } as never,
  });
  return { database, people, store, lanes, said };
}

test('a head that is taken into use changes one lane: templates, search, table and digest at once', async (t) => {
  const { people, store, lanes } = await world();
  const live = await openLiveGallery({ store: people, openSearch, comparison: configured, lanes });
  const stop = new AbortController();
  const watching = live.watch(stop.signal);
  t.after(async () => {
    stop.abort();
    await watching;
    await live.close();
  });
  const seen = (lane: string) => {
    const { snapshot, calibration, head } = live.current(laneId(lane));
    return [snapshot.digest, snapshot.dimension, calibration?.source, head !== undefined];
  };
  const plain = [encoder, 4, 'the pack', false];
  assert.deepEqual([seen('north'), seen('south')], [plain, plain]);

  await store.change(north, encoder, () => ({ used }));
  await until(() => live.current(north).head !== undefined, 'the head comes in');
  assert.deepEqual(
    [seen('north'), seen('south')],
    [[digestWithHead(used.head), 2, 'the camera', true], plain],
  );
  const { search } = live.current(north);
  assert.equal((await search.nearest(Float32Array.of(1, 2, 3, 4)))?.distance, 0);
  live.withdraw([personId('ada')], 99);
  assert.equal(live.current(north).snapshot.people.size, 0);

  await store.change(north, encoder, () => ({}));
  await until(() => live.current(north).head === undefined, 'the head goes');
  assert.deepEqual(seen('north'), plain);
});

for (const [name, stored, told] of [
  ['was judged beside another configured head', { ...used, over: modelDigest('f'.repeat(64)) }, /not used/],
  ['is of another encoder', { ...used, head: twin(4, 2) }, /cannot be used/],
] as const) {
  test(`a head that ${name} is left, and that is told`, async () => {
    const { store, lanes, said } = await world();
    await store.change(north, encoder, () => ({ used: stored }));
    assert.equal((await lanes.load()).size, 0);
    assert.match(said.join(), told);
  });
}

test('a lane asks for the smaller of its two rates, and for less the more are enrolled', () => {
  const laneOf = (rules: object) =>
    laneSchema.parse({
      id: 'a',
      gate: 'g',
      direction: 'in',
      camera: { kind: 'usb', device: '/dev/video0' },
      ...rules,
    });
  const faceAlone = laneOf({ identification: { max_fpir: 0.001 } });
  const badge = laneOf({ identification: 'off', verification: { max_fmr: 0.0001 } });
  assert.ok(Math.abs(neededRate(faceAlone, 100) - 1e-5) < 1e-7);
  assert.ok(neededRate(faceAlone, 1000) < neededRate(faceAlone, 100));
  assert.equal(neededRate(badge, 1000), 0.0001);
});
