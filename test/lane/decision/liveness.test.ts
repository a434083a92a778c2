import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LaneDecision } from '../../../src/access/decision.js';
import { isByFace } from '../../../src/access/decision.js';
import type { LivenessMode } from '../../../src/access/lane-rules.js';
import { millis, monotonic, wallTime } from '../../../src/base/units.js';
import { DecisionEngine } from '../../../src/lane/decision/decision-engine.js';
import { replayLane } from '../../../src/lane/replay-lane.js';
import type { FaceReport } from '../../../src/vision/ports/vision.js';
import { face, frameOf, galleryOf, rules, type Who } from '../lane-world.js';

const withLiveness = (mode: LivenessMode, challenge = false) => ({
  ...rules,
  liveness: { identification: mode, verification: mode, challenge },
});

/** Ten frames a second, each of one face; undefined: not judged. */
const shown = (scores: readonly (number | undefined)[], who: Who = 'ada') =>
  scores.map((liveness, n) =>
    frameOf(n, 5000 + n * 100, [face(who, liveness === undefined ? {} : { liveness })]),
  );
const times = <T>(count: number, one: T): readonly T[] => Array.from({ length: count }, () => one);

async function replay(
  mode: LivenessMode,
  scores: readonly (number | undefined)[],
  who?: Who,
  challenge = false,
) {
  const rulings: { readonly at: number; readonly laneDecision: LaneDecision }[] = [];
  const gallery = await galleryOf();
  await replayLane(
    {
      vision: {
        watch: async (onReport) => {
          for (const report of shown(scores, who)) onReport(report);
        },
      },
      gallery: () => gallery,
      rules: withLiveness(mode, challenge),
      clock: { monotonic: () => monotonic(0), wall: () => wallTime(0) },
      onLaneDecision: (laneDecision, at) => rulings.push({ at, laneDecision }),
    },
    new AbortController().signal,
  );
  return rulings.map(
    ({ at, laneDecision: ruling }) =>
      `${at - 5000} ${ruling.reason} ${ruling.person ?? '-'} ${ruling.livenessVerdict ?? '-'} ${ruling.liveness?.toFixed(2) ?? '-'}`,
  );
}

for (const [name, mode, scores, who, expected] of [
  ['lets in a living face', 'require', times(30, 0.9), 'ada', ['200 face-identified ada live 0.90']],
  [
    'lets in a living face with bad frames, later',
    'require',
    [0.1, 0.9, 0.05, 0.9, 0.9, 0.9, 0.9, 0.9],
    'ada',
    ['600 face-identified ada live 0.66'],
  ],
  [
    'turns away a picture of somebody enrolled, early and once',
    'require',
    times(40, 0.001),
    'ada',
    ['300 presentation-attack ada attack 0.00'],
  ],
  [
    'turns away a picture of a stranger, and names nobody',
    'require',
    times(40, 0.001),
    'eve',
    ['300 presentation-attack - attack 0.00'],
  ],
  [
    'turns away a face that was never judged',
    'require',
    times(40, undefined),
    'ada',
    ['1500 liveness-undecided ada - -'],
  ],
  [
    'turns away a face of which it cannot be told',
    'require',
    times(40, 0.15),
    'ada',
    ['1500 liveness-undecided ada undecided 0.15'],
  ],
  [
    'still lets in a face of which it was told too late',
    'require',
    [...times(18, 0.15), ...times(5, 0.9)],
    'ada',
    ['1500 liveness-undecided ada undecided 0.15', '2000 face-identified ada live 0.26'],
  ],
  [
    'writes down a picture and lets it in where that is asked for',
    'record',
    times(20, 0.001),
    'ada',
    ['200 face-identified ada undecided 0.00'],
  ],
  [
    'says nothing where nothing was judged',
    'record',
    times(20, undefined),
    'ada',
    ['200 face-identified ada - -'],
  ],
] as const)
  test(name, async () => assert.deepEqual(await replay(mode, scores, who), expected));

test('gives somebody who is asked to move four seconds more', async () => {
  assert.deepEqual(await replay('require', times(70, 0.15), 'ada', true), [
    '5500 liveness-undecided ada undecided 0.15',
  ]);
});

test('asks whoever cannot be told to move, until it can', async () => {
  const gallery = await galleryOf();
  const judge = new DecisionEngine({
    gallery: () => gallery,
    rules: withLiveness('require', true),
  });
  const prompts: string[] = [];
  const scores = [...times(9, 0.15), ...times(4, 0.9)];
  for (const frame of shown(scores)) {
    await judge.see(frame, { now: frame.at, wall: wallTime(0), gateFree: true });
    prompts.push(judge.prompt(frame.at, wallTime(0)) ?? '-');
  }
  assert.deepEqual(prompts, [...times(7, '-'), ...times(4, 'turn-head'), '-', '-']);
});

test('asks nobody to move where no challenge is wanted, and nobody who has left', async () => {
  const gallery = await galleryOf();
  for (const [challenge, wait] of [
    [false, 0],
    [true, 5000],
  ] as const) {
    const judge = new DecisionEngine({
      gallery: () => gallery,
      rules: withLiveness('require', challenge),
    });
    for (const frame of shown(times(12, 0.15)))
      await judge.see(frame, { now: frame.at, wall: wallTime(0), gateFree: true });
    assert.equal(judge.prompt(monotonic(6100 + wait), wallTime(0)), undefined);
  }
});

test('takes a grant back when what was let in turns out to be a picture', async () => {
  const gallery = await galleryOf();
  const judge = new DecisionEngine({ gallery: () => gallery, rules: withLiveness('require') });
  const at = (frame: { readonly at: number }) => ({
    now: monotonic(frame.at),
    wall: wallTime(0),
    gateFree: true,
  });
  const frames = shown([...times(3, 0.9), ...times(8, 0)]);
  const rulings = [];
  for (const frame of frames) rulings.push(...(await judge.see(frame, at(frame))));
  const [granted] = rulings;
  assert.ok(granted?.verdict === 'granted' && isByFace(granted));
  assert.equal(judge.objectionNow(granted, at({ at: 6000 })), 'presentation-attack');
});

test('counts no score of a picture that is too old', async () => {
  const gallery = await galleryOf();
  const judge = new DecisionEngine({ gallery: () => gallery, rules: withLiveness('require') });
  const late: FaceReport = face('ada', { liveness: 0.9 });
  for (let n = 0; n < 8; n += 1)
    await judge.see(frameOf(n, 5000 + n * 100, [late]), {
      now: monotonic(5000 + n * 100 + millis(400)),
      wall: wallTime(0),
      gateFree: true,
    });
  const fresh = frameOf(9, 6000, [face('ada')]);
  const rulings = await judge.see(fresh, { now: fresh.at, wall: wallTime(0), gateFree: true });
  assert.deepEqual(rulings, []);
});

test('turns a picture away by night, and only writes it down by day', async () => {
  const gallery = await galleryOf();
  const night = 1_000_000;
  const judge = new DecisionEngine({
    gallery: () => gallery,
    rules: {
      ...rules,
      liveness: {
        identification: 'record',
        verification: 'record',
        exceptions: [{ during: (at) => at >= night, identification: 'require', verification: 'require' }],
        challenge: false,
      },
    },
  });
  const reasonsAt = async (wall: number) => {
    judge.forget();
    const told: string[] = [];
    for (const frame of shown(times(10, 0.001))) {
      const moment = { now: frame.at, wall: wallTime(wall), gateFree: true };
      for (const ruling of await judge.see(frame, moment)) told.push(ruling.reason);
    }
    return told.join();
  };
  assert.equal(await reasonsAt(night), 'presentation-attack');
  assert.equal(await reasonsAt(night - 1), 'face-identified');
});
