import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wallTime } from '../../../src/base/units.js';
import { readLaneReport } from '../../../src/fleet/status/lane-status.js';
import { blocks } from '../../gate/protocol/document.js';
import { laneWorld } from '../../lane/lane-world.js';
import { sameFields } from '../../support/same-fields.js';
import { until } from '../../until.js';

const read = (topic: string, payload: unknown) =>
  readLaneReport(topic, Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)));

test('the state that docs/PROTOCOL.md shows is understood', () => {
  const [state = ''] = blocks('json state');
  sameFields(read('twinstile/hq/north/state', state), {
    site: 'hq',
    lane: 'north',
    state: {
      device: 'box-7',
      program: { version: '0.1.0', node: '24.22.3' },
      mode: 'closed',
      degraded: ['gate-offline'],
      pack: 'mobile',
      head: 'corridor.twh',
      serial: 12,
      signedAt: Date.parse('2026-03-02T04:58:00.000Z'),
      reads: 2,
    },
  });
});

test('the health that docs/PROTOCOL.md shows is understood', () => {
  const [health = ''] = blocks('json health');
  sameFields(read('twinstile/hq/north/health', health), {
    site: 'hq',
    lane: 'north',
    seenAt: Date.parse('2026-03-02T07:59:00.000Z'),
  });
});

for (const [topic, payload, expected] of [
  ['twinstile/hq/north/availability', 'online', { site: 'hq', lane: 'north', isOnline: true }],
  ['twinstile/hq/north/availability', 'offline', { site: 'hq', lane: 'north', isOnline: false }],
  ['twinstile/hq/north/availability', 'perhaps', undefined],
  ['twinstile/hq/north/health', '{"v":1,"at":"yesterday"}', undefined],
  ['twinstile/hq/north/health', '{"v":2,"at":"2026-03-02T07:59:00.000Z"}', undefined],
  ['twinstile/hq/north/state', '{', undefined],
  ['twinstile/hq/north/state', '', undefined],
  ['twinstile/hq/north/decision', '{}', undefined],
  ['twinstile/hq/north/gate/availability', 'online', undefined],
  ['other/hq/north/availability', 'online', undefined],
  ['twinstile/h q/north/availability', 'online', undefined],
] as const)
  test(`${topic} with ${payload || 'nothing'} is ${expected === undefined ? 'no news' : 'news'}`, () =>
    sameFields(read(topic, payload), expected));

test('what a lane says of itself is what is understood, before and after its first gallery', async (t) => {
  let serial: number | undefined;
  const world = await laneWorld(t, {
    parts: {
      device: 'box-7',
      fleet: () => (serial === undefined ? {} : { serial, signedAt: wallTime(86_400_000), reads: 2 }),
      pack: { name: 'mobile', head: 'corridor.twh' },
    },
  });
  const heard = () => {
    const { state } = world.topics;
    return readLaneReport(state, Buffer.from(world.broker.retained(state) ?? ''))?.state;
  };
  await until(() => heard()?.device === 'box-7', 'it is told');
  const first = heard();
  sameFields(
    [first?.pack, first?.head, first?.serial, first?.signedAt],
    ['mobile', 'corridor.twh', undefined, undefined],
  );
  serial = 12;
  await until(() => heard()?.serial === 12, 'the new gallery is told');
  assert.equal(heard()?.signedAt, 86_400_000);
  assert.equal(heard()?.reads, 2);
});
