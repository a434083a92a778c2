/** A small site: staff in office hours, cleaners at night, one suspended person. */

import type { AccessRequest } from '../../../src/access/policy/evaluate-policy.js';
import type { AccessModel, LanePolicy } from '../../../src/access/policy/model.js';
import type { AccessRule } from '../../../src/access/policy/permission.js';
import { always, type OpenAt, validEver } from '../../../src/access/policy/schedule.js';
import { type LaneId, laneId, type PersonId, personId } from '../../../src/base/ids.js';
import { millis, monotonic, type WallTime, wallTime } from '../../../src/base/units.js';

export const [ada, bob, eve] = [personId('ada'), personId('bob'), personId('eve')];
export const [north, south] = [laneId('north'), laneId('south')];

export const utc = (text: string): WallTime => wallTime(Date.parse(`${text}Z`));

const members: Readonly<Record<string, readonly string[]>> = { ada: ['staff'], bob: ['staff', 'suspended'] };

export function rule(
  effect: 'grant' | 'deny',
  groups: readonly string[] | 'everyone',
  {
    lanes = 'all',
    during = always,
    valid = validEver,
  }: {
    readonly lanes?: readonly LaneId[] | 'all';
    readonly during?: OpenAt;
    readonly valid?: AccessRule['valid'];
  } = {},
): AccessRule {
  return {
    effect,
    groups: groups === 'everyone' ? groups : new Set(groups),
    lanes: lanes === 'all' ? lanes : new Set(lanes),
    during,
    valid,
  };
}

export const model = (change: Partial<AccessModel> = {}): AccessModel => ({
  groupsOf: (person: PersonId) => new Set(members[person]),
  rules: [rule('grant', ['staff'])],
  lanes: new Map(),
  passback: { zones: 'off' },
  quotas: [],
  watchList: { people: new Set(), groups: new Set() },
  claimHold: millis(3000),
  ...change,
});

export const policy = (change: Partial<LanePolicy> = {}): LanePolicy => ({
  tailgating: 'off',
  counts: 'opened',
  ...change,
});

export const request = (change: Partial<AccessRequest> = {}): AccessRequest => ({
  person: ada,
  lane: north,
  direction: 'in',
  mode: 'normal',
  shown: { face: true, badge: false },
  behind: false,
  now: monotonic(1_000_000),
  at: utc('2026-06-15T10:00'),
  ...change,
});
