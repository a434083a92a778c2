import { test } from 'node:test';
import { millis, wallTime } from '../../../src/base/units.js';
import { devicesOf } from '../../../src/fleet/status/device-status.js';
import type { LaneReport, ReportedLaneState } from '../../../src/fleet/status/lane-status.js';
import { sameFields } from '../../support/same-fields.js';

const now = wallTime(1_000_000);
const state: ReportedLaneState = {
  device: 'box',
  mode: 'identification',
  degraded: [],
  pack: 'mobile',
  serial: 7,
};
const well: LaneReport = {
  site: 'hq',
  lane: 'north',
  isOnline: true,
  state,
  seenAt: wallTime(now - 60_000),
};
const rules = { now, maxSilence: millis(180_000) };
const without = (key: keyof LaneReport): LaneReport => {
  const { [key]: _gone, ...rest } = well;
  return rest as LaneReport;
};

for (const [name, news, newest, faults] of [
  ['a box is well that is there and has the newest', well, 7, []],
  ['a box is well where no number of a repository is known', well, undefined, []],
  ['a box behind the repository is behind', well, 8, ['behind']],
  [
    'a box without a gallery is behind one that was published',
    { ...well, state: { device: 'box', mode: 'closed', degraded: ['gallery-empty'], pack: 'mobile' } },
    1,
    ['behind', 'gallery-empty'],
  ],
  ['a box whose will was carried out is offline', { ...well, isOnline: false }, 7, ['offline']],
  ['a box that never said it is online is offline', without('isOnline'), 7, ['offline']],
  ['a last word at the limit counts', { ...well, seenAt: wallTime(now - 180_000) }, 7, []],
  ['a last word beyond the limit is stale', { ...well, seenAt: wallTime(now - 180_001) }, 7, ['stale']],
  ['a clock that is ahead is no silence', { ...well, seenAt: wallTime(now + 5000) }, 7, []],
  ['a box that never told its health is silent', without('seenAt'), 7, ['silent']],
  ['a box that never told its state is silent', without('state'), 7, ['silent']],
  [
    'what a lane says of itself stands as it is',
    { ...well, state: { ...state, mode: 'closed', degraded: ['camera-not-live', 'disk-full'] } },
    7,
    ['camera-not-live', 'disk-full'],
  ],
  [
    'a lane in lockdown is said to be closed',
    { ...well, state: { ...state, mode: 'closed' } },
    7,
    ['closed'],
  ],
] as const)
  test(name, () => {
    const given = newest === undefined ? rules : { ...rules, newest: new Map([['hq', newest]]) };
    sameFields(
      devicesOf([news], given).map((device) => device.faults),
      [faults],
    );
  });

test('the newest that any box of the site has is the measure where none is given', () => {
  const other = { ...well, lane: 'gate', state: { ...state, device: 'other', serial: 8 } };
  const elsewhere = { ...well, site: 'lab', state: { ...state, serial: 2 } };
  sameFields(
    devicesOf([well, other, elsewhere], rules).map(({ site, device, faults }) => [site, device, faults]),
    [
      ['hq', 'box', ['behind']],
      ['hq', 'other', []],
      ['lab', 'box', []],
    ],
  );
});

test('lanes of one box are one row, with the oldest of what they say', () => {
  const south = {
    ...well,
    lane: 'south',
    seenAt: wallTime(now - 90_000),
    state: { ...state, serial: 6, degraded: ['gate-offline'] },
  };
  const [only, ...more] = devicesOf([south, well], rules);
  sameFields(more, []);
  sameFields(only, {
    site: 'hq',
    device: 'box',
    lanes: ['north', 'south'],
    serial: 6,
    pack: 'mobile',
    modes: ['identification'],
    seenAt: now - 90_000,
    faults: ['behind', 'gate-offline'],
  });
});

test('a box that does not say that it holds a revocation which another box holds is told apart', () => {
  const two = { ...well, lane: 'gate', state: { ...state, device: 'other' } };
  const said = (device: string, through: number, serials: readonly number[]) => ({
    site: 'hq',
    device,
    held: { through, serials },
    fingerprint: 'f',
  });
  for (const [heard, faults] of [
    [[], [[], []]],
    [
      [said('box', 3, []), said('other', 3, [])],
      [[], []],
    ],
    [
      [said('box', 3, [4]), said('other', 3, [4])],
      [[], []],
    ],
    [
      [said('box', 4, []), said('other', 3, [4])],
      [[], []],
    ],
    [
      [said('box', 3, [4]), said('other', 3, [])],
      [[], ['revocation-unconfirmed']],
    ],
    [[said('other', 0, [1])], [['revocation-unconfirmed'], []]],
    [[{ ...said('other', 0, [1]), site: 'lab' }], [[], []]],
  ] as const)
    sameFields(
      devicesOf([well, two], { ...rules, receipts: heard }).map((device) => device.faults),
      faults,
      JSON.stringify(heard),
    );
});
