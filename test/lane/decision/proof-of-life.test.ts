import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isByFace, type LaneDecision } from '../../../src/access/decision.js';
import { trackId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { DecisionEngine } from '../../../src/lane/decision/decision-engine.js';
import type { FaceReport, FrameReport } from '../../../src/vision/ports/vision.js';
import { holds } from '../../support/properties.js';
import { face, frameOf, galleryOf, rules, type Who } from '../lane-world.js';

const required = {
  ...rules,
  liveness: { identification: 'require', verification: 'require', challenge: false },
} as const;

/** What one frame shows of the one track: whose face, whether it is encoded, what liveness says. */
interface Shown {
  readonly who: Who | 'turned';
  readonly liveness?: number;
  readonly encoded?: false;
  readonly replaced?: true;
}

const reportOf = ({ who, liveness, encoded, replaced }: Shown): FaceReport => {
  const shown = face(who === 'turned' ? 'eve' : who, { track: trackId('t-1') });
  const { embedding, ...plain } = shown;
  return {
    ...plain,
    problems: who === 'turned' ? ['turned-away' as const] : plain.problems,
    embedding: who === 'turned' || encoded === false || embedding === undefined ? undefined : embedding,
    liveness: liveness ?? plain.liveness,
    replaced: replaced ?? plain.replaced,
  };
};

async function rulingsOn(frames: readonly FrameReport[]): Promise<readonly LaneDecision[]> {
  const gallery = await galleryOf();
  const engine = new DecisionEngine({ gallery: () => gallery, rules: required });
  const laneDecisions: LaneDecision[] = [];
  for (const frame of frames)
    laneDecisions.push(...(await engine.see(frame, { now: frame.at, wall: wallTime(0), gateFree: true })));
  return laneDecisions;
}

const film = (shown: readonly Shown[], apart = 33): readonly FrameReport[] =>
  shown.map((one, n) => frameOf(n, 5000 + n * apart, [reportOf(one)]));
const times = (count: number, one: Shown): readonly Shown[] => Array.from({ length: count }, () => one);
const turned: Shown = { who: 'turned', liveness: 0.99 };
const said = async (shown: readonly Shown[], apart?: number) =>
  (await rulingsOn(film(shown, apart))).map(({ verdict, reason }) => `${verdict} ${reason}`);

for (const count of [1, 3, 5, 8])
  test(`a living, turned-away face earns nothing for a picture that is held before it for ${count} frames`, async () => {
    const shown = [
      ...times(24, turned),
      ...times(count, { who: 'ada', liveness: 0.02 }),
      ...times(30, turned),
    ];
    assert.ok(!(await said(shown)).some((one) => one.startsWith('granted')));
  });

test('nor for one whose frames are not judged at all', async () => {
  const shown = [...times(24, turned), ...times(8, { who: 'ada' }), ...times(30, turned)];
  assert.ok(!(await said(shown)).some((one) => one.startsWith('granted')));
});

test('nor for one that is there for three frames again and again', async () => {
  const part = [...times(4, turned), ...times(3, { who: 'ada', liveness: 0.05 } as const)];
  assert.ok(
    !(await said([...part, ...part, ...part, ...part, ...part])).some((one) => one.startsWith('granted')),
  );
});

test('nor at a camera of 7.5 frames a second', async () => {
  const shown = [...times(8, turned), ...times(2, { who: 'ada', liveness: 0.05 }), ...times(8, turned)];
  assert.ok(!(await said(shown, 133)).some((one) => one.startsWith('granted')));
});

test('does not count a face that took the place of another from one frame to the next', async () => {
  const shown = [...times(24, turned), ...times(20, { who: 'ada', liveness: 0.99, replaced: true })];
  assert.ok(!(await said(shown)).some((one) => one.startsWith('granted')));
});

test('counts no frame of the face whose place on the track another took', async () => {
  const gallery = await galleryOf();
  const engine = new DecisionEngine({ gallery: () => gallery, rules });
  const shown: readonly Shown[] = [{ who: 'ada' }, { who: 'ada' }, { who: 'turned', replaced: true }];
  const said: string[] = [];
  for (const frame of film([...shown, ...times(3, { who: 'ada' })]))
    for (const { reason, frameAt } of await engine.see(frame, {
      now: frame.at,
      wall: wallTime(0),
      gateFree: true,
    }))
      said.push(`${reason} at frame ${Math.round(((frameAt ?? 0) - 5000) / 33)}`);
  assert.deepEqual(said, ['face-identified at frame 5']);
});

test('lets in a living face 0.2 s after it looks into the camera', async () => {
  const granted = await rulingsOn(film([...times(24, turned), ...times(10, { who: 'ada', liveness: 0.99 })]));
  assert.deepEqual(
    granted.map((laneDecision) => [
      laneDecision.reason,
      isByFace(laneDecision as never) ? Math.round((laneDecision.frameAt ?? 0) - 5000) : 0,
    ]),
    [['face-identified', 30 * 33]],
  );
});

test('never grants on a look whose own frame has no proof of life, whatever the order', async (t) => {
  const gallery = await galleryOf();
  const score = fc.option(
    fc.oneof(fc.constantFrom(0.9, 0.99, 0.01, 0.1), fc.double({ min: 0, max: 1, noNaN: true })),
    { nil: undefined, freq: 6 },
  );
  const shown = fc.record({
    who: fc.constantFrom('ada', 'ada', 'ada', 'bob', 'turned'),
    liveness: score,
    isEncoded: fc.constantFrom(true, true, true, false),
    isReplaced: fc.constantFrom(false, false, false, false, true),
    /** So many frames in a row show the same. */
    count: fc.integer({ min: 1, max: 9 }),
    apart: fc.constantFrom(10, 33, 33, 33, 66, 100, 133, 300, 600),
    at: fc.constantFrom('gate', 'gate', 'gate', 'gate', 'several', 'nobody'),
  });
  let granted = 0;
  await holds(
    t,
    fc.asyncProperty(fc.array(shown, { minLength: 1, maxLength: 12 }), async (stretches) => {
      const steps = stretches.flatMap(({ count, ...step }) => Array.from({ length: count }, () => step));
      const engine = new DecisionEngine({ gallery: () => gallery, rules: required });
      const proofs: { readonly at: number; readonly who: Who; readonly liveness: number }[] = [];
      let time = 5000;
      for (const [n, step] of steps.entries()) {
        time += step.apart;
        const { who, liveness } = step as { who: Shown['who']; liveness: number | undefined };
        const report = reportOf({
          who,
          liveness,
          encoded: step.isEncoded ? undefined : false,
          replaced: step.isReplaced ? true : undefined,
        });
        const gate =
          step.at === 'gate'
            ? ({ who: 'one', track: trackId('t-1') } as const)
            : ({ who: step.at as 'several' | 'nobody' } as const);
        const frame = frameOf(n, time, [report], { gate });
        if (step.at === 'gate') {
          // What was shown before a frame that speaks against the face is no proof any more.
          if (liveness !== undefined && !(liveness >= 0.15)) proofs.length = 0;
          else if (
            liveness !== undefined &&
            report.embedding !== undefined &&
            !step.isReplaced &&
            who !== 'turned'
          )
            proofs.push({ at: time, who, liveness });
        }
        for (const laneDecision of await engine.see(frame, {
          now: frame.at,
          wall: wallTime(0),
          gateFree: true,
        })) {
          if (laneDecision.verdict !== 'granted' || !isByFace(laneDecision)) continue;
          granted += 1;
          const own = proofs.filter(({ who: of, at }) => of === laneDecision.person && time - at <= 2000);
          assert.ok(
            own.length >= laneDecision.frames && laneDecision.frames >= 3,
            `${own.length} proven looks`,
          );
          assert.equal(own.at(-1)?.at, laneDecision.frameAt, 'the newest look is proven by its own frame');
          const distinct: number[] = [];
          for (const { at } of own)
            if (at - (distinct.at(-1) ?? Number.NEGATIVE_INFINITY) >= 90) distinct.push(at);
          assert.ok(distinct.length >= 3, 'three of them show different moments');
        }
      }
    }),
    { short: 300, long: 5_000 },
  );
  assert.ok(granted > 0, 'some living faces were let in');
});
