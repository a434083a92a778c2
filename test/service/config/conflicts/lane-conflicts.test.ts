import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conflictsIn } from '../../../../src/service/config/conflicts/conflicts.js';
import { gateConflicts, livenessConflicts } from '../../../../src/service/config/conflicts/lane-conflicts.js';

const signed = { algorithm: 'ed25519' };
const shared = { algorithm: 'hmac-sha256' };
const counting = { lanes: [{ id: 'north', count_on: 'passed' }] };
const KEY = { gate_key_file: 'gate.pub' };

for (const [name, lane, grants, paths] of [
  ['a gate whose answers nothing could check', {}, signed, ['lanes[0].gate_key_file']],
  ['a gate with a key', KEY, signed, []],
  ['a gate with a key from systemd', { gate_key_credential: 'gate' }, signed, []],
  ['a gate that shares the HMAC key', {}, shared, []],
  ['two keys', { ...KEY, gate_key_credential: 'gate' }, signed, ['lanes[0]']],
  ['version 1 with a key', { ...KEY, gate_protocol: 1 }, signed, ['lanes[0]', 'access.lanes[0].count_on']],
  [
    'version 1 whose unsigned passages would count',
    { gate_protocol: 1 },
    signed,
    ['access.lanes[0].count_on'],
  ],
  ['a relay', { relay: { kind: 'tasmota' } }, signed, []],
  ['a relay with a key', { ...KEY, relay: { kind: 'tasmota' } }, signed, ['lanes[0].gate_key_file']],
] as const)
  test(`of ${name} ${paths.length === 0 ? 'nothing' : paths.join(' and ')} is reported`, () =>
    assert.deepEqual(
      gateConflicts([{ id: 'north', ...lane }], grants, counting).map(({ path }) => path),
      paths,
    ));

const withLiveness = (...schedules: readonly unknown[]) => ({
  id: 'north',
  liveness: { by_schedule: schedules.map((schedule) => ({ schedule, mode: 'require' })) },
});
const schedules = { schedules: [{ id: 'night' }, { id: 'day' }] };

for (const [name, lanes, rules, expected] of [
  ['takes liveness by schedules that are described', [withLiveness('night', 'day')], schedules, []],
  ['takes those that are there by themselves', [withLiveness('always', 'never')], { schedules: [] }, []],
  [
    'needs no access where nothing is by schedule',
    [{ id: 'north', liveness: { mode: 'require' } }],
    undefined,
    [],
  ],
  [
    'reports liveness by a schedule that is not described, with its place',
    [withLiveness(), withLiveness('night', 'nihgt')],
    schedules,
    [
      'lanes[1].liveness.by_schedule[1].schedule: Expected a schedule that is described, got "nihgt". Known here: always, never, night, day.',
    ],
  ],
  [
    'reports every schedule without access',
    [withLiveness('always')],
    undefined,
    [
      'lanes[0].liveness.by_schedule[0].schedule: Expected a schedule that is described, got "always". Known here: none; schedules are described in access.',
    ],
  ],
  ['leaves what is no list to the schema', [{ liveness: { by_schedule: 'night' } }, 1], schedules, []],
  ['leaves lanes that are no list to the schema', 'x', schedules, []],
] as const)
  test(name, () =>
    assert.deepEqual(
      livenessConflicts(lanes, rules).map(({ path, text }) => `${path}: ${text}`),
      expected,
    ),
  );

test('liveness by an unknown schedule is reported with all other conflicts', () => {
  const paths = conflictsIn({ lanes: [withLiveness('night')] }).map(({ path }) => path);
  assert.ok(paths.includes('lanes[0].liveness.by_schedule[0].schedule'));
});
