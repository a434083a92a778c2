import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personId, trackId } from '../../../src/base/ids.js';
import { monotonic, wallTime } from '../../../src/base/units.js';
import { DecisionEngine } from '../../../src/lane/decision/decision-engine.js';
import { createRecentAdmissions } from '../../../src/lane/decision/gate-presence.js';
import type { FaceReport } from '../../../src/vision/ports/vision.js';
import { face, frameOf, galleryOf, rules } from '../lane-world.js';

const ada = personId('ada');
const at = monotonic;

test('remembers who was let through until they were not seen for a whole passage', () => {
  const through = createRecentAdmissions(rules.passage);
  through.add(ada, at(0));
  for (let now = 0; now <= 60_000; now += 500) through.seen(ada, at(now));
  assert.equal(through.has(ada, at(63_000)), true);
  assert.equal(through.has(ada, at(63_001)), false);
});

test('lets a badge that is presented again on purpose count after the passage, seen or not', () => {
  const through = createRecentAdmissions(rules.passage);
  through.add(ada, at(0));
  through.seen(ada, at(5000));
  assert.deepEqual([through.justNow(ada, at(3000)), through.justNow(ada, at(5000))], [true, false]);
});

test('takes nobody for gone while the camera saw nothing', () => {
  const through = createRecentAdmissions(rules.passage);
  through.add(ada, at(0));
  through.blind();
  assert.equal(through.has(ada, at(60_000)), true);
  assert.equal(through.has(ada, at(63_001)), false);
});

/** Who is let in when, over so many seconds; `shown` says what each frame of ten a second shows. */
async function letIn(seconds: number, shown: (n: number) => readonly FaceReport[], forgetAt = -1) {
  const gallery = await galleryOf();
  const engine = new DecisionEngine({ gallery: () => gallery, rules });
  const granted: string[] = [];
  for (let n = 0; n < seconds * 10; n += 1) {
    if (n === forgetAt) engine.forget();
    const frame = frameOf(n, 5000 + n * 100, shown(n));
    for (const { verdict, person } of await engine.see(frame, {
      now: frame.at,
      wall: wallTime(0),
      gateFree: true,
    }))
      if (verdict === 'granted') granted.push(`${n} ${person}`);
  }
  return granted;
}
const track = (n: number) => ({ track: trackId(`t-${n}`) });

test('somebody who has been let through is not let through again until they were gone', async () => {
  assert.deepEqual(await letIn(60, () => [face('ada')]), ['2 ada']);
  assert.deepEqual(await letIn(60, (n) => (n >= 300 && n < 331 ? [] : [face('ada')])), ['2 ada', '333 ada']);
});

test('nor under track ids that change while the face stays', async () => {
  assert.deepEqual(await letIn(60, (n) => [face('ada', track(Math.floor(n / 45)))]), ['2 ada']);
});

test('nor while others stand beside them, nor after the camera was away for a moment', async () => {
  assert.deepEqual(await letIn(30, (n) => (n % 100 < 50 ? [face('ada')] : [face('ada'), face('eve')])), [
    '2 ada',
  ]);
  assert.deepEqual(await letIn(30, (n) => (n > 100 && n < 150 ? [] : [face('ada')]), 101), ['2 ada']);
});
