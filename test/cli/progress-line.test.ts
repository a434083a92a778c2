import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOn } from '../../src/cli/progress-line.js';

test('says every five seconds how far it is, how fast, and how long it still takes', () => {
  let now = 1000;
  const lines: string[] = [];
  const progress = linesOn(
    (line) => lines.push(line),
    10_000,
    () => now,
  );
  for (let done = 1; done <= 400; done += 1) {
    now += 50;
    progress.show({ done, accepted: done - 3, known: 0, refused: 3 });
  }
  progress.end();
  assert.equal(lines.length, 4);
  assert.equal(lines[0], '100 of 10000 photos, 20.0 a second, 8 min 15 s to go, 3 refused\n');
});
