import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerLines } from '../../../src/cli/gate/command-answer.js';
import { OPERATIONS, type Operation } from '../../../src/gate/operator-command/operator-messages.js';

const said = (
  operation: Operation,
  answer: { readonly result: string; readonly [field: string]: unknown },
  argument?: string,
) => answerLines({ operation, argument, lane: 'north' }, answer);

test('what a lane did is one sentence', () => {
  assert.deepEqual(said('open', { result: 'ok', outcome: 'opened' }), ['north: the gate opened.']);
  assert.match(
    said('open', { result: 'ok', outcome: 'pulsed' })[0] ?? '',
    /does not say whether the door did/,
  );
  assert.deepEqual(said('mode', { result: 'ok', mode: 'free-exit', saved: true }, 'free-exit'), [
    'north is in mode free-exit from now on.',
  ]);
  assert.equal(said('lockdown', { result: 'ok', mode: 'lockdown', saved: false }).length, 2);
  assert.deepEqual(said('reset', { result: 'ok' }), ['north: anti-passback of everybody is cleared.']);
  assert.deepEqual(said('reload', { result: 'ok', applied: ['access'], restart_needed: ['lanes'] }), [
    'north has read its configuration: access is new.',
    '  -> Restart the service for: lanes.',
  ]);
  assert.deepEqual(said('snapshot', { result: 'ok', width: 640, height: 480, file: 'a.jpg' }), [
    'north: the picture (640x480) is in a.jpg.',
  ]);
});

test('what it did not do comes with the reason, its code and what to do', () => {
  assert.deepEqual(said('open', { result: 'refused', reason: 'lockdown' }), [
    'north refused to open: it is locked down (lockdown).',
    '  -> Order: twinstile command mode normal',
  ]);
  assert.deepEqual(said('open', { result: 'failed', reason: 'of-tomorrow', hint: 'Wait.' }), [
    'north could not open: of-tomorrow.',
    '  -> Wait.',
  ]);
});

test('every operation has a sentence for every answer', () => {
  for (const operation of OPERATIONS)
    for (const answer of [{ result: 'ok' }, { result: 'refused' }, { result: 'failed', reason: 'x' }])
      for (const line of said(operation, answer, 'ada')) assert.match(line, /\S/);
});
