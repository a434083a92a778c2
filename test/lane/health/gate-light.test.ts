import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { trackId } from '../../../src/base/ids.js';
import { monotonic } from '../../../src/base/units.js';
import { createGateLightWatch, type GateLightWatch } from '../../../src/lane/health/gate-light.js';
import { face, frameOf } from '../lane-world.js';

interface Stay {
  readonly track?: string;
  readonly from?: number;
  readonly to?: number;
  readonly light?: number;
  readonly atGate?: boolean;
}

/** Somebody stands there, in ten frames. */
function stand(
  watch: GateLightWatch,
  { track = 'a', from = 0, to = 1000, light = 0.5, atGate = true }: Stay,
): void {
  for (let step = 0; step <= 10; step += 1) {
    const seen = face('ada', { track: trackId(track), atGate, light });
    watch.see(frameOf(step, from + ((to - from) * step) / 10, [seen]));
  }
}

const MINUTE = 60_000;

test('says nothing before anybody stood at the gate', () => {
  assert.equal(createGateLightWatch().at(monotonic(0)), undefined);
});

test('tells the light of the face that had the least, in steps of ten', () => {
  const watch = createGateLightWatch();
  stand(watch, { track: 'a', light: 2.59 });
  stand(watch, { track: 'b', light: 1.37 });
  assert.deepEqual(watch.at(monotonic(1000)), { percent: 130, isTooLow: false });
});

test('calls the light too low for a face that never had enough, whoever else had', () => {
  const watch = createGateLightWatch();
  stand(watch, { track: 'a', light: 0.44 });
  stand(watch, { track: 'b', light: 3 });
  assert.deepEqual(watch.at(monotonic(1000)), { percent: 40, isTooLow: true });
});

test('counts the best frame of a face: a head that turns from the lamp for a moment is in no dark place', () => {
  const watch = createGateLightWatch();
  stand(watch, { light: 0.4, to: 900 });
  stand(watch, { light: 1.2, from: 1000, to: 1100 });
  assert.deepEqual(watch.at(monotonic(1100)), { percent: 120, isTooLow: false });
});

for (const [name, stay] of [
  ['somebody who only walks past', { to: 400 }],
  ['somebody who is not at the gate', { atGate: false }],
  ['a light that is no number', { light: Number.NaN }],
] as const)
  test(`does not count ${name}`, () => {
    const watch = createGateLightWatch();
    stand(watch, stay);
    assert.equal(watch.at(monotonic(1000)), undefined);
  });

test('tells a fault for half an hour after the last face that showed it, and not longer', () => {
  const watch = createGateLightWatch();
  stand(watch, {});
  assert.equal(watch.at(monotonic(30 * MINUTE))?.isTooLow, true);
  assert.equal(watch.at(monotonic(31 * MINUTE + 1)), undefined);
});

test('never calls the light enough while a face of the last 64 had too little', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 4, noNaN: true }), { minLength: 1, maxLength: 64 }),
      (lights) => {
        const watch = createGateLightWatch();
        for (const [index, light] of lights.entries()) stand(watch, { track: `t-${index}`, light });
        assert.equal(watch.at(monotonic(1000))?.isTooLow, Math.min(...lights) < 1);
      },
    ),
  );
});
