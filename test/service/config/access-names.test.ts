/** Names that mean the same are one name or are refused, and a name that no rule knows is reported. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createAccessController } from '../../../src/access/policy/access-controller.js';
import { badgeId, laneId, type PersonId, personId } from '../../../src/base/ids.js';
import { monotonic, wallTime } from '../../../src/base/units.js';
import {
  accessModelOf,
  groupAsWritten,
  groupsWithoutRule,
} from '../../../src/service/config/access-model.js';
import { accessConflicts } from '../../../src/service/config/conflicts/access-conflicts.js';
import { conflictsIn } from '../../../src/service/config/conflicts/conflicts.js';
import { accessRules } from '../../../src/service/config/sections/access-section.js';
import { holds } from '../../support/properties.js';

const WRITTEN = {
  time_zone: 'UTC',
  groups: [
    { id: 'suspended', people: ['Eve'] },
    { id: 'staff', people: ['ada'] },
  ],
  rules: [
    { effect: 'grant', groups: ['everyone'], lanes: ['open'] },
    { effect: 'grant', groups: ['staff'], lanes: ['north'] },
    { effect: 'deny', groups: ['suspended'] },
  ],
  denied_badges: ['04:A2:24:B1'],
};

function answerFor(
  person: string,
  {
    groups = {},
    doubles = [],
    lane = 'open',
    badge,
  }: {
    readonly groups?: Readonly<Record<string, readonly string[]>>;
    readonly doubles?: readonly string[];
    readonly lane?: string;
    readonly badge?: string;
  } = {},
): string {
  const model = accessModelOf(
    accessRules.parse(WRITTEN),
    (id) => groups[id] ?? [],
    (id: PersonId) => doubles.filter((other) => other !== id).map(personId),
  );
  const answer = createAccessController(model).check({
    person: personId(person),
    badge: badge === undefined ? undefined : badgeId(badge),
    lane: laneId(lane),
    direction: 'in',
    mode: 'normal',
    shown: { face: true, badge: badge !== undefined },
    behind: false,
    now: monotonic(1),
    at: wallTime(1),
  });
  return answer.allowed ? 'allowed' : answer.reason;
}

for (const group of ['suspended', 'Suspended', 'SUSPENDED'])
  test(`a person put into ${group} is in suspended`, () =>
    assert.equal(answerFor('bob', { groups: { bob: [group] } }), 'denied'));

test('a denial holds in every spelling of group and person', async (t) => {
  const anyCase = (word: string) =>
    fc
      .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
      .map((ups) => [...word].map((letter, i) => (ups[i] ? letter.toUpperCase() : letter)).join(''));
  await holds(
    t,
    fc.property(anyCase('suspended'), anyCase('eve'), (group, id) => {
      assert.equal(answerFor('bob', { groups: { bob: [group] } }), 'denied');
      assert.equal(answerFor(id), 'denied');
    }),
    { short: 200, long: 5_000 },
  );
});

test('a person whose id a rule writes otherwise is meant', () =>
  assert.equal(answerFor('ADA', { lane: 'north' }), 'allowed'));

test('of two people whose ids mean the same, a denial of one is a denial of both, and a grant is one’s', () => {
  const doubles = ['Ada', 'ada'];
  assert.equal(answerFor('ada', { doubles, lane: 'north' }), 'allowed');
  assert.equal(answerFor('Ada', { doubles, lane: 'north' }), 'no-access');
  for (const suspended of doubles)
    for (const asked of doubles)
      assert.equal(answerFor(asked, { doubles, groups: { [suspended]: ['suspended'] } }), 'denied');
});

for (const [badge, expected] of [
  ['04a224b1', 'denied'],
  ['04A224B1', 'denied'],
  ['04A224B2', 'allowed'],
] as const)
  test(`a visitor with badge ${badge}, of which one is denied: ${expected}`, () =>
    assert.equal(answerFor('bob', { badge }), expected));

for (const [what, change, path] of [
  ['groups', { groups: [...WRITTEN.groups, { id: 'Suspended', people: [] }] }, 'access.groups[2].id'],
  [
    'the group of all',
    { groups: [...WRITTEN.groups, { id: 'Everyone', people: [] }] },
    'access.groups[2].id',
  ],
  ['zones', { zones: ['hall', 'Hall'] }, 'access.zones[1]'],
  ['a group in a rule', { rules: [{ effect: 'deny', groups: ['Suspended'] }] }, 'access.rules[0].groups[0]'],
] as const)
  test(`${what} that mean the same are refused`, () =>
    assert.deepEqual(
      accessConflicts({ ...WRITTEN, rules: [], ...change }, [{ id: 'north' }, { id: 'open' }]).map(
        (one) => one.path,
      ),
      [path],
    ));

test('lanes and gates that mean the same are refused', () => {
  const lane = (id: string, gate: string) => ({ id, gate, gate_key_file: 'g.pub', identification: {} });
  const paths = conflictsIn({
    gallery: { key_file: 'k' },
    grants: { key_file: 'k' },
    mqtt: { url: 'mqtts://h:1' },
    lanes: [lane('north', 'g1'), lane('North', 'G1')],
  }).map(({ path }) => path);
  assert.deepEqual(paths, ['lanes[1].id', 'lanes[1].gate']);
});

test('a group is written as the rules write it, and one that no rule knows is told', () => {
  const access = accessRules.parse(WRITTEN);
  assert.equal(groupAsWritten(access, 'SUSPENDED'), 'suspended');
  assert.equal(groupAsWritten(access, 'Cleaners'), 'Cleaners');
  assert.deepEqual(
    groupsWithoutRule(
      access,
      ['Suspended', 'suspendet', 'visitors', 'directory', 'suspendet'],
      ['directory'],
    ),
    ['suspendet'],
  );
  assert.deepEqual(groupsWithoutRule(undefined, ['x']), []);
});
