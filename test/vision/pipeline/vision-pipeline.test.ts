import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameSeq, millis, monotonic } from '../../../src/base/units.js';
import { systemClock } from '../../../src/platform/system-clock.js';
import type { Face } from '../../../src/vision/detection/face.js';
import type { Box } from '../../../src/vision/geometry.js';
import { createSnapshotRequests, runVisionPipeline } from '../../../src/vision/pipeline/vision-pipeline.js';
import { LIVE_PICTURE, SNAPSHOT } from '../../../src/vision/ports/picture.js';
import type { FrameReport } from '../../../src/vision/ports/vision.js';
import { countTracks } from '../../../src/vision/tracking/track.js';
import { type FakePicture, fakeModels, fakePicture, middleFace } from './fake-models.js';

interface Step {
  readonly faces: readonly Face[];
  readonly at?: number;
  readonly skipped?: number;
  readonly width?: number;
  /** Which face it is. */
  readonly pattern?: number;
}

/** Watches a film in which each step is a frame, 33 ms after the one before. */
async function watch(steps: readonly Step[], signal = new AbortController().signal, turn = 0) {
  const models = fakeModels();
  models.turn = turn;
  const reports: FrameReport[] = [];
  const pictures: FakePicture[] = [];
  let ended: number | undefined;
  let closed = 0;
  let next = 0;
  await runVisionPipeline(
    {
      camera: {
        next() {
          const step = steps[next];
          if (step === undefined) return { kind: 'end' };
          models.faces = step.faces;
          const picture = fakePicture(next, step.width, 400, step.pattern);
          pictures.push(picture);
          const at = monotonic(step.at ?? next * 33);
          next += 1;
          return { kind: 'frame', picture, at, skipped: step.skipped ?? 0 };
        },
        close: () => {
          closed += 1;
        },
      },
      models,
      settings: {
        detector: { width: 640, minScore: 0.6 },
        minInterOcular: 24,
        zone: { x: 0, y: 0, width: 1, height: 1 },
      },
      clock: systemClock,
      newTrack: countTracks('t'),
      onReport: (report) => {
        if (report.kind === 'end') ended = report.frames;
        else reports.push(report);
      },
    },
    signal,
  );
  return { reports, pictures, ended, closed, models };
}

const film = (count: number, faces: readonly Face[]): Step[] =>
  Array.from({ length: count }, () => ({ faces }));

test('reports every frame in order, with the time of the clip, and then the end', async () => {
  const { reports, ended } = await watch([{ faces: [], skipped: 2 }, { faces: [] }, { faces: [], at: 500 }]);
  assert.deepEqual(
    reports.map(({ seq, at, skipped, width, height }) => [seq, at, skipped, width, height]),
    [
      [0, 0, 2, 600, 400],
      [1, 33, 0, 600, 400],
      [2, 500, 0, 600, 400],
    ],
  );
  assert.equal(ended, 3);
});

test('follows one person, and encodes the first frames and then some, each from its own picture', async () => {
  const { reports } = await watch(film(8, [middleFace()]));
  assert.deepEqual(
    new Set(reports.flatMap(({ faces }) => faces.map(({ track }) => track))),
    new Set(['t-0']),
  );
  assert.deepEqual(
    reports.map(({ gate }) => gate),
    Array(8).fill({ who: 'one', track: 't-0' }),
  );
  const embeddings = reports.map(({ faces }) => faces[0]?.embedding?.[0]);
  assert.deepEqual(embeddings, [0, 1, 2, undefined, undefined, undefined, 6, undefined]);
});

test('encodes two people of one frame in one run', async () => {
  const { reports, models } = await watch(film(1, [middleFace(100), middleFace(400)]));
  assert.equal(reports[0]?.gate.who, 'several');
  assert.deepEqual(models.encoded, [2]);
});

test('does not encode a face with a problem, and says what it is', async () => {
  const { reports, models } = await watch([...film(2, [middleFace()]), { faces: [middleFace(260, 0.5)] }]);
  assert.deepEqual(
    reports.map(({ faces }) => faces[0]?.problems),
    [[], [], ['low-score']],
  );
  assert.equal(reports[2]?.faces[0]?.track, 't-0');
  assert.deepEqual(models.encoded, [1, 1]);
});

test('says which tracks ended', async () => {
  const { reports } = await watch([
    ...film(3, [middleFace()]),
    { faces: [], at: 200 },
    { faces: [], at: 600 },
  ]);
  assert.deepEqual(
    reports.map(({ ended }) => ended),
    [[], [], [], [], ['t-0']],
  );
  assert.equal(reports[3]?.gate.who, 'nobody');
});

test('ends every track when the picture has another size', async () => {
  const { reports } = await watch([...film(3, [middleFace()]), { faces: [middleFace()], width: 500 }]);
  assert.deepEqual(reports[3]?.ended, ['t-0']);
  assert.equal(reports[3]?.faces[0]?.track, 't-1');
});

const other = (count: number): Step[] =>
  Array.from({ length: count }, () => ({ faces: [middleFace()], pattern: 1 }));

test('a track that changes from one face to another in one frame ends, and the other is told to have taken its place', async () => {
  const { reports } = await watch([...film(4, [middleFace()]), ...other(48), ...film(2, [middleFace()])]);
  const tracks = reports.map(({ faces: [one] }) => one?.track);
  assert.deepEqual(
    [tracks.slice(0, 4), new Set(tracks.slice(4, 52)), tracks.slice(52)],
    [Array(4).fill('t-0'), new Set(['t-1']), Array(2).fill('t-2')],
  );
  assert.deepEqual([reports[4]?.ended, reports[52]?.ended], [['t-0'], ['t-1']]);
  assert.deepEqual(reports[4]?.gate, { who: 'one', track: 't-1' });
  const replaced = reports.map(({ faces: [one] }) => one?.replaced === true);
  assert.deepEqual([replaced.indexOf(true), replaced.indexOf(false, 4)], [4, 4 + Math.ceil(1500 / 33)]);
});

test('so does one whose face is missed for a moment before another is there', async () => {
  const { reports } = await watch([...film(4, [middleFace()]), ...film(3, []), ...other(2)]);
  assert.deepEqual([reports[7]?.ended, reports[7]?.faces[0]?.track], [['t-0'], 't-1']);
  assert.equal(reports[7]?.faces[0]?.replaced, true);
});

test('a face that comes where another was lost a moment ago is told to have taken its place', async () => {
  const beside = { faces: [middleFace(330)], pattern: 1 };
  const { reports } = await watch([...film(4, [middleFace()]), beside, beside]);
  assert.deepEqual([reports[4]?.ended, reports[4]?.faces[0]?.track], [['t-0'], 't-1']);
  assert.equal(reports[4]?.faces[0]?.replaced, true);
});

test('the same face followed anew is not', async () => {
  const { reports } = await watch([...film(4, [middleFace()]), { faces: [middleFace(330)] }]);
  assert.deepEqual([reports[4]?.faces[0]?.track, reports[4]?.faces[0]?.replaced], ['t-1', undefined]);
});

test('a picture held before a living face goes on waiting when it moves too fast to be followed', async () => {
  const moved = { faces: [middleFace(330)], pattern: 1 };
  const { reports } = await watch([...film(4, [middleFace()]), ...other(4), moved, ...other(50)]);
  const [last] = reports[8]?.faces ?? [];
  assert.deepEqual([last?.track, last?.replaced], ['t-2', true]);
  const replaced = reports.map(({ faces: [one] }) => one?.replaced === true);
  // As long as since it came, not since it moved.
  assert.deepEqual([replaced.indexOf(true), replaced.indexOf(false, 4)], [4, 4 + Math.ceil(1500 / 33)]);
});

test('releases each picture once and closes the camera', async () => {
  const { pictures, closed } = await watch(film(3, [middleFace()]));
  assert.deepEqual(
    pictures.map(({ released }) => released),
    [1, 1, 1],
  );
  assert.equal(closed, 1);
});

test('ends at once when the signal aborts, and still closes the camera', async () => {
  const { reports, closed, ended } = await watch(film(3, []), AbortSignal.abort());
  assert.deepEqual([reports.length, closed, ended], [0, 1, undefined]);
});

test('encodes no face that stands on its head, however well its landmarks look', async () => {
  const steps = Array.from({ length: 4 }, () => ({ faces: [middleFace()] }));
  const { reports, models } = await watch(steps, new AbortController().signal, 2);
  assert.deepEqual(models.encoded, []);
  assert.deepEqual(reports[0]?.faces[0]?.problems, ['not-upright']);
  assert.ok(reports.every(({ faces }) => faces[0]?.embedding === undefined));
});

function snapshotRequests(zone?: Box) {
  const sent: (readonly [id: number, picture: number | undefined, seq: number])[] = [];
  const requests = createSnapshotRequests(
    ({ id, bytes, seq }) => void sent.push([id, bytes[3], seq]),
    () => zone,
  );
  return { sent, ...requests };
}

const waitsOneSecond = (id: number) => ({ id, patience: millis(1000) });

test('a picture that was not requested is not sent', () => {
  const { sent, serve } = snapshotRequests();
  serve(fakePicture(1), monotonic(0), frameSeq(0));
  assert.deepEqual(sent, []);
});

test('a request gets the next picture with the number of its frame, and only that one', () => {
  const { sent, accept, serve } = snapshotRequests();
  accept(waitsOneSecond(4), monotonic(0));
  serve(fakePicture(1), monotonic(500), frameSeq(7));
  serve(fakePicture(2), monotonic(501), frameSeq(8));
  assert.deepEqual(sent, [[4, 1, 7]]);
});

test('a picture that comes after the patience is not sent, and nor is the one after it', () => {
  const { sent, accept, serve } = snapshotRequests();
  accept(waitsOneSecond(4), monotonic(0));
  serve(fakePicture(1), monotonic(1001), frameSeq(1));
  serve(fakePicture(2), monotonic(1002), frameSeq(2));
  assert.deepEqual(sent, []);
});

test('the newest request takes the place of the one before', () => {
  const { sent, accept, serve } = snapshotRequests();
  accept(waitsOneSecond(4), monotonic(0));
  accept(waitsOneSecond(5), monotonic(900));
  serve(fakePicture(1), monotonic(1500), frameSeq(1));
  assert.deepEqual(sent, [[5, 1, 1]]);
});

test('a live picture is small, and outside of the region of interest nothing is asked to be clear', () => {
  const zone = { x: 0.25, y: 0, width: 0.5, height: 1 };
  const asked: unknown[] = [];
  const picture = {
    jpeg: (...limits: unknown[]) => {
      asked.push(limits);
      return fakePicture(1).jpeg(1, 1);
    },
  };
  for (const [known, view] of [
    [zone, undefined],
    [zone, 'live'],
    [zone, 'live-zone'],
    [undefined, 'live-zone'],
  ] as const) {
    const { accept, serve } = snapshotRequests(known);
    accept({ ...waitsOneSecond(1), view }, monotonic(0));
    serve(picture, monotonic(1), frameSeq(1));
  }
  const { side, bytes } = LIVE_PICTURE;
  assert.deepEqual(asked, [
    [SNAPSHOT.side, SNAPSHOT.bytes],
    [side, bytes],
    [side, bytes, zone],
    [side, bytes, { x: 0, y: 0, width: 0, height: 0 }],
  ]);
});
