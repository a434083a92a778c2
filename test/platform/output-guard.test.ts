import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takesColours, takesEscapes } from '../../src/platform/output-guard.js';

test('no colour where it is unwanted: NO_COLOR, TERM=dumb, or no terminal', () => {
  const terminal = { isTTY: true };
  assert.equal(takesColours(terminal, { TERM: 'xterm' }), true);
  assert.equal(takesColours(terminal, {}), true);
  assert.equal(takesColours(terminal, { TERM: 'xterm', NO_COLOR: '1' }), false);
  // "When present and not an empty string".
  assert.equal(takesColours(terminal, { TERM: 'xterm', NO_COLOR: '' }), true);
  assert.equal(takesColours(terminal, { TERM: 'dumb' }), false);
  assert.equal(takesColours({}, { TERM: 'xterm' }), false);
});

test('a line renews itself only where escapes are understood', () => {
  assert.equal(takesEscapes({ isTTY: true }, { TERM: 'xterm', NO_COLOR: '1' }), true);
  assert.equal(takesEscapes({ isTTY: true }, { TERM: 'dumb' }), false);
  assert.equal(takesEscapes({ isTTY: false }, { TERM: 'xterm' }), false);
});
