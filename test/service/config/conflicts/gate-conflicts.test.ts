import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gateConflicts } from '../../../../src/service/config/conflicts/gate-conflicts.js';

const signed = { algorithm: 'ed25519' };
const shared = { algorithm: 'hmac-sha256' };
const access = { lanes: [{ id: 'north', count_on: 'passed' }] };
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
  test(`of ${name} ${paths.length === 0 ? 'nothing' : paths.join(' and ')} is told`, () =>
    assert.deepEqual(
      gateConflicts([{ id: 'north', ...lane }], grants, access).map(({ path }) => path),
      paths,
    ));
