import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { trackId } from '../../../src/base/ids.js';
import { frameSeq, millis, monotonic } from '../../../src/base/units.js';
import {
  type GuidedLooks,
  guidedBy,
  isComplete,
  LOOKS,
  noLooks,
} from '../../../src/records/enrollment/guided-looks.js';
import type { AtGate, FaceReport, FrameReport } from '../../../src/vision/ports/vision.js';
import { holds } from '../../support/properties.js';

const none = millis(0);
const timings = {
  read: none,
  detect: none,
  track: none,
  quality: none,
  align: none,
  encode: none,
  liveness: none,
};

interface Shown extends Partial<Omit<FaceReport, 'track'>> {
  readonly track?: string;
  readonly turn?: number;
}

const faceOf = ({ track = 'a', turn = 0, ...more }: Shown): FaceReport => ({
  track: trackId(track),
  box: { x: 10, y: 10, width: 100, height: 120 },
  score: 0.9,
  interOcular: 60,
  atGate: true,
  problems: [],
  pose: { turn, nod: 0.55 },
  embedding: Float32Array.of(1, turn),
  ...more,
});

function frameAt(at: number, faces: readonly FaceReport[], gate?: AtGate): FrameReport {
  const [first] = faces;
  return {
    kind: 'frame',
    seq: frameSeq(at),
    at: monotonic(at),
    width: 640,
    height: 480,
    gate: gate ?? (first === undefined ? { who: 'nobody' } : { who: 'one', track: first.track }),
    faces,
    ended: [],
    skipped: 0,
    timings,
  };
}

/** Shows one after the other, half a second apart. */
const after = (shown: readonly Shown[], rules = LOOKS, every = 500): GuidedLooks =>
  shown.reduce((state, one, n) => guidedBy(state, frameAt(n * every, [faceOf(one)]), rules), noLooks());

test('three looks from different angles are asked for and taken', () => {
  assert.equal(after([]).guidance, 'step-into-view');
  assert.equal(after([{}]).guidance, 'turn-left');
  assert.equal(after([{}, { turn: 0.15 }]).guidance, 'turn-right');
  const done = after([{}, { turn: 0.15 }, { turn: -0.12 }]);
  assert.ok(isComplete(done));
  assert.deepEqual(
    done.looks.map(({ pose }) => pose.turn),
    [0, 0.15, -0.12],
  );
});

for (const [problem, guidance] of [
  ['too-small', 'come-closer'],
  ['turned-away', 'face-camera'],
  ['tilted', 'head-upright'],
  ['blurred', 'hold-still'],
  ['too-dark', 'more-light'],
  ['too-bright', 'less-light'],
  ['at-the-edge', 'move-to-middle'],
  ['face-covered', 'uncover-or-badge'],
] as const)
  test(`a face that is ${problem} is no look, and the person is asked: ${guidance}`, () => {
    const state = after([{ problems: [problem] }]);
    assert.equal(state.guidance, guidance);
    assert.deepEqual(state.looks, []);
  });

test('several people are asked to come one at a time, and what was taken of the first stays', () => {
  const one = after([{}]);
  const two = guidedBy(
    one,
    frameAt(900, [faceOf({}), faceOf({ track: 'b', turn: 0.3 })], { who: 'several' }),
    LOOKS,
  );
  assert.equal(two.guidance, 'one-at-a-time');
  assert.equal(two.looks.length, 1);
});

test('a face that is in the picture and not at the gate is asked to come closer', () => {
  const far = frameAt(0, [faceOf({ atGate: false })], { who: 'nobody' });
  assert.equal(guidedBy(noLooks(), far, LOOKS).guidance, 'come-closer');
});

test('the looks of another person never come together with those before', () => {
  const state = after([{}, { turn: 0.15 }, { track: 'b', turn: -0.15 }]);
  assert.deepEqual(
    state.looks.map(({ pose }) => pose.turn),
    [-0.15],
  );
  assert.equal(after([{}, { turn: 0.15 }, { turn: -0.15, replaced: true }]).looks.length, 1);
});

test('somebody who keeps still for a while is asked for less', () => {
  const still = [0, 0.03, -0.03];
  assert.equal(after(still.map((turn) => ({ turn }))).looks.length, 1);
  assert.ok(
    isComplete(
      after(
        still.map((turn) => ({ turn })),
        LOOKS,
        9000,
      ),
    ),
  );
});

test('a picture before the camera gives no look: what the liveness score speaks against is thrown away', () => {
  const attack = Array.from({ length: 5 }, (_, n) => ({ turn: n / 10 - 0.2, liveness: 0.01 }));
  const state = after(attack);
  assert.equal(state.guidance, 'living-face');
  assert.deepEqual(state.looks, []);
});

test('where the lane asks for proof of life, three looks alone are not enough', () => {
  const rules = { ...LOOKS, mustLive: true };
  const three = [{}, { turn: 0.15 }, { turn: -0.12 }];
  assert.equal(after(three, rules).guidance, 'hold-still');
  assert.ok(
    isComplete(
      after(
        three.map((one) => ({ ...one, liveness: 0.95 })),
        rules,
      ),
    ),
  );
});

const shown = fc.record(
  {
    track: fc.constantFrom('a', 'b'),
    turn: fc.double({ min: -0.4, max: 0.4, noNaN: true }),
    replaced: fc.constantFrom(true as const, undefined),
    problems: fc.constantFrom<FaceReport['problems'][]>([], [], [], ['blurred'], ['too-dark']),
    liveness: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    embedding: fc.constantFrom(Float32Array.of(1, 2), undefined),
  },
  { requiredKeys: ['track', 'turn', 'problems'] },
);

test('whatever is shown: looks are good, of one uninterrupted track, apart in time and angle, and never too many', async (t) => {
  await holds(
    t,
    fc.property(
      fc.array(fc.tuple(shown, fc.nat(6000)), { maxLength: 30 }),
      fc.boolean(),
      (film, mustLive) => {
        const rules = { ...LOOKS, mustLive };
        let [state, at] = [noLooks(), 0];
        const good = new Map<number, string>();
        let broken = 0;
        for (const [one, wait] of film) {
          if (isComplete(state)) break;
          at += wait + 1;
          const face = faceOf(one);
          if (face.problems.length === 0 && face.embedding !== undefined) good.set(at, face.track);
          if (face.replaced === true) broken = at;
          state = guidedBy(state, frameAt(at, [face]), rules);
          assert.ok(state.looks.every((look) => good.get(look.at) === state.track));
          assert.ok(state.looks.every((look) => look.at >= broken));
        }
        assert.ok(state.looks.length <= 3);
        for (const [n, look] of state.looks.entries())
          for (const earlier of state.looks.slice(0, n)) {
            assert.ok(look.at - earlier.at >= 400);
            assert.ok(Math.abs(look.pose.turn - earlier.pose.turn) >= 0.02 - 1e-12);
          }
        if (isComplete(state))
          assert.ok(state.liveness.verdict === 'live' || (!mustLive && state.liveness.odds >= 0));
      },
    ),
    { short: 300, long: 50_000 },
  );
});

test('one picture, shown for as long as one likes, never gives a second look', async (t) => {
  await holds(
    t,
    fc.property(shown, fc.array(fc.nat(100_000), { maxLength: 20 }), (one, waits) => {
      let [state, at] = [noLooks(), 0];
      for (const wait of waits) {
        at += wait + 1;
        state = guidedBy(state, frameAt(at, [faceOf(one)]), LOOKS);
      }
      assert.ok(state.looks.length <= 1);
    }),
    { short: 200, long: 20_000 },
  );
});

test('a look knows whether the camera showed colour or infrared', () => {
  const dark = { ...frameAt(0, [faceOf({})]), light: 'infrared' as const };
  assert.equal(guidedBy(noLooks(), dark, LOOKS).looks[0]?.light, 'infrared');
  assert.equal(after([{}]).looks[0]?.light, 'color');
});
