import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conflictsIn } from '../../../../src/service/config/conflicts/conflicts.js';
import { livenessConflicts } from '../../../../src/service/config/conflicts/liveness-conflicts.js';

const lane = (...schedules: readonly unknown[]) => ({
  id: 'north',
  liveness: { by_schedule: schedules.map((schedule) => ({ schedule, mode: 'require' })) },
});
const access = { schedules: [{ id: 'night' }, { id: 'day' }] };

for (const [name, lanes, rules, expected] of [
  ['takes schedules that are described', [lane('night', 'day')], access, []],
  ['takes those that are there by themselves', [lane('always', 'never')], { schedules: [] }, []],
  [
    'needs no access where nothing is by schedule',
    [{ id: 'north', liveness: { mode: 'require' } }],
    undefined,
    [],
  ],
  [
    'tells of one that is not described, where it stands',
    [lane(), lane('night', 'nihgt')],
    access,
    [
      'lanes[1].liveness.by_schedule[1].schedule: Expected a schedule that is described, got "nihgt". Known here: always, never, night, day.',
    ],
  ],
  [
    'tells of every one without access',
    [lane('always')],
    undefined,
    [
      'lanes[0].liveness.by_schedule[0].schedule: Expected a schedule that is described, got "always". Known here: none; schedules are described in access.',
    ],
  ],
  ['leaves what is no list to the schema', [{ liveness: { by_schedule: 'night' } }, 1], access, []],
  ['leaves lanes that are no list to the schema', 'x', access, []],
] as const)
  test(name, () =>
    assert.deepEqual(
      livenessConflicts(lanes, rules).map(({ path, text }) => `${path}: ${text}`),
      expected,
    ),
  );

test('is told with all the other conflicts', () => {
  const paths = conflictsIn({ lanes: [lane('night')] }).map(({ path }) => path);
  assert.ok(paths.includes('lanes[0].liveness.by_schedule[0].schedule'));
});
