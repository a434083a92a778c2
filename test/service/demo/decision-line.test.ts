import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decision } from '../../../src/access/decision.js';
import { personId } from '../../../src/base/ids.js';
import { millis } from '../../../src/base/units.js';
import type { LaneNote, LaneOutcome } from '../../../src/lane/lane-dependencies.js';
import { decisionLine, faultLine, HEADING } from '../../../src/service/demo/decision-line.js';

for (const [name, note, expected] of [
  [
    'a camera that is gone',
    { kind: 'camera', status: 'unplugged', detail: 'no device' },
    /unplugged: no device/,
  ],
  ['a picture that stands still', { kind: 'camera', status: 'frozen' }, /Camera frozen\./],
  ['a vision process that died', { kind: 'vision-restarting', cause: 'killed' }, /replaced: killed/],
] as const)
  test(`tells of ${name}`, () => assert.match(faultLine(note as LaneNote) ?? '', expected));

for (const status of ['live', 'opening'] as const)
  test(`says nothing of a camera that is ${status}`, () =>
    assert.equal(faultLine({ kind: 'camera', status }), undefined));

const grant = {
  verdict: 'granted',
  reason: 'face-identified',
  mode: 'identification',
  person: personId('ada'),
  track: 1,
  fmr: 1e-4,
  frames: 3,
  at: 0,
  frameAge: 96,
} as unknown as Decision;
const refusal = { ...grant, verdict: 'refused', reason: 'unknown', person: undefined } as Decision;
/** What stands below "gate" of the heading. */
const column = (line: string): string => line.slice(HEADING.indexOf('gate'), HEADING.indexOf('gate') + 6);

for (const [what, outcome, expected] of [
  ['opened', { outcome: 'opened', latency: millis(4) }, 'LET IN'],
  ['was told to open', { outcome: 'pulsed' }, 'LET IN'],
  ['was told nothing, because the grant was withdrawn', { outcome: 'withdrawn', reason: 'left' }, 'SHUT  '],
  ['refused the grant', { outcome: 'refused', reason: 'expired' }, 'SHUT  '],
  ['was offline', { outcome: 'gate-offline' }, 'SHUT  '],
  ['was told nothing, because it could not be written down', { outcome: 'journal-failed' }, 'SHUT  '],
  ['did not answer', { outcome: 'gate-unreachable' }, 'UNSURE'],
  ['cannot tell', { outcome: 'unconfirmed' }, 'UNSURE'],
] as const)
  test(`shows ${expected.trim()} for a grant when the gate ${what}`, () =>
    assert.equal(column(decisionLine(grant, outcome as LaneOutcome)), expected));

test('shows SHUT for a refusal', () => assert.equal(column(decisionLine(refusal)), 'SHUT  '));
