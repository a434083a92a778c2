/** A lane's eye: look, find, follow, judge, encode, tell; again and again until the source ends or somebody says stop. */

import type { Clock } from '../../base/clock.js';
import { pause } from '../../base/delay.js';
import type { TrackId } from '../../base/ids.js';
import { frameSeq, type Monotonic, millis } from '../../base/units.js';
import type { CameraSupervisor } from '../camera/supervise-camera.js';
import { type Face, interOcular } from '../detection/face.js';
import { thoseAtGate } from '../detection/region-of-interest.js';
import { type JudgedAt, shouldJudge } from '../pad/pad-scheduler.js';
import type { Picture } from '../ports/picture.js';
import type { AtGate, EndReport, FaceReport, FrameReport, VisionSettings } from '../ports/vision.js';
import { type Encoded, nothingEncoded, shouldEncode } from '../tracking/encode-scheduler.js';
import { endReplaced, type ReplacedAt, replacedAfter } from '../tracking/replaced.js';
import { isEstablished, type Track } from '../tracking/track.js';
import { type Following, follow } from '../tracking/tracker.js';
import { alignFace } from './encode-faces.js';
import { type LastSeenFaces, lastSeenAfter, lookAtFaces } from './face-changes.js';
import { findFaces } from './find-faces.js';
import { type Judged, judgeFace } from './judge-faces.js';
import { type Aliveness, judgeOneAlive } from './judge-liveness.js';
import type { SnapshotRequests } from './lane-snapshot.js';
import type { Models } from './load-models.js';
import { isProvedUpright } from './prove-upright.js';
import type { EncoderSelfTest } from './self-test.js';
import { type Stopwatch, startStopwatch } from './stopwatch.js';

export interface VisionPipeline {
  readonly camera: CameraSupervisor;
  readonly models: Models;
  readonly settings: Pick<VisionSettings, 'detector' | 'minInterOcular' | 'zone'>;
  readonly clock: Clock;
  /** Never the same id twice in the life of the process. */
  readonly newTrack: () => TrackId;
  readonly say: (report: FrameReport | EndReport) => void;
  /** Called between two pictures, whether or not any come. */
  readonly selfTest?: EncoderSelfTest;
  /** Absent: nobody orders a picture. */
  readonly snapshots?: Pick<SnapshotRequests, 'serve'>;
}

/** What is remembered from one frame to the next. */
interface Memory {
  readonly tracks: readonly Track[];
  readonly encoded: Encoded;
  readonly judgedAt: JudgedAt;
  /** Faces at the gate, as they were last seen. */
  readonly lastSeen: LastSeenFaces;
  /** When a face took the place of another. */
  readonly replacedAt: ReplacedAt;
  readonly width: number;
  readonly height: number;
}

/**
 * A face less sure than the bound by this factor still continues a track, so that a blink of the detector does not end
 * it; it is reported with the problem 'low-score' and is never encoded.
 */
const STILL_A_FACE = 0.7;

/**
 * Resolves when a finite source has ended or the signal aborts.
 * @throws TwinstileError 'model-failed'.
 */
export async function watchLane(visionSettings: VisionPipeline, signal: AbortSignal): Promise<void> {
  const { camera, selfTest: canary, clock, say } = visionSettings;
  let memory: Memory | undefined;
  let frames = 0;
  try {
    while (!signal.aborted) {
      await canary?.sing(clock.monotonic());
      const watch = startStopwatch(clock);
      const step = camera.next();
      watch.lap('read');
      if (step.kind === 'end') return say({ kind: 'end', frames });
      if (step.kind === 'wait') {
        await pause(millis(step.wait), signal);
        continue;
      }
      try {
        const seen = await see(visionSettings, step, memory, watch);
        say({ ...seen.report, seq: frameSeq(frames), skipped: step.skipped, timings: watch.timings() });
        memory = seen.memory;
        frames += 1;
        // After the report: whoever stands at the gate does not wait for it.
        visionSettings.snapshots?.serve(step.picture, clock.monotonic());
      } finally {
        step.picture.release();
      }
    }
  } finally {
    camera.close();
  }
}

async function see(
  { models, settings, newTrack }: VisionPipeline,
  { picture, at }: { readonly picture: Picture; readonly at: Monotonic },
  memory: Memory | undefined,
  watch: Stopwatch,
): Promise<{
  readonly report: Omit<FrameReport, 'seq' | 'skipped' | 'timings'>;
  readonly memory: Memory;
}> {
  const { width, height } = picture;
  const { minScore } = settings.detector;
  const found = await findFaces(picture, models, {
    longest: settings.detector.width,
    minScore: minScore * STILL_A_FACE,
  });
  watch.lap('detect');

  // Places in a picture of another size mean nothing in this one.
  const comparable = memory?.width === width && memory.height === height;
  const following = follow(comparable ? memory.tracks : [], found, at, { minScore, newId: newTrack });
  const gone = comparable ? following.ended : (memory?.tracks ?? []).map(({ id }) => id);
  const atGate = thoseAtGate(peopleIn(following), picture, settings);
  const gateTracks = new Set(atGate.map(({ track }) => track));
  watch.lap('track');

  const rules = { minInterOcular: settings.minInterOcular, minScore };
  const faces = following.faces.map(({ face, track }) => ({
    face,
    track,
    atGate: gateTracks.has(track),
    ...judgeFace(picture, face, rules),
  }));
  watch.lap('quality');

  const before = comparable ? memory : undefined;
  const due =
    models.liveness === undefined ? undefined : shouldJudge(faces, before?.judgedAt ?? new Map(), at);
  const { chosen, encoded } = shouldEncode(
    faces.filter(isGood),
    memory?.encoded ?? nothingEncoded(at),
    at,
    following.tracks.map(({ id }) => id),
    due,
  );
  const judged = await withUpright(faces, chosen, picture, models);
  const upright = chosen.filter((track) => judged.some((one) => one.track === track && isGood(one)));
  const seen = judged
    .filter(({ track, atGate }) => atGate || upright.includes(track))
    .map((one) => ({ ...one, box: one.face.box, chip: alignFace(picture, one.face, models.card.encoder) }));
  watch.lap('align');

  const looks = await lookAtFaces(seen, upright, following, before?.lastSeen ?? new Map(), models, at);
  watch.lap('encode');

  const after = endReplaced(following, looks.replaced, at, newTrack);
  const { idOf } = after;
  const named = judged.map((one) => ({ ...one, track: idOf(one.track) }));
  const vectors = new Map([...looks.vectors].map(([track, vector]) => [idOf(track), vector]));
  const alive = await judgeOneAlive(
    picture,
    // Identity and liveness are told from the same frames: what is encoded is judged, and the other way round.
    [due ?? upright.find((track) => gateTracks.has(track))].map((track) => track && idOf(track))[0],
    named,
    models,
    before?.judgedAt ?? new Map(),
    at,
  );
  watch.lap('liveness');

  const replacedAt = replacedAfter(
    before?.replacedAt ?? new Map(),
    [...looks.replaced].map(idOf),
    at,
    looks.continues,
  );
  const encodedNow = new Set(upright.map(idOf));
  return {
    report: {
      kind: 'frame',
      at,
      width,
      height,
      gate: gateOf(atGate.map(({ track }) => ({ track: idOf(track) }))),
      faces: named.map((one) =>
        reportOf(one, encodedNow.has(one.track) ? vectors.get(one.track) : undefined, alive, replacedAt),
      ),
      ended: comparable ? after.following.ended : gone,
    },
    memory: {
      tracks: after.following.tracks,
      encoded,
      judgedAt: alive.judgedAt,
      lastSeen: lastSeenAfter(
        before?.lastSeen ?? new Map(),
        looks.settled,
        seen.filter(({ atGate }) => atGate).map((one) => ({ ...one, track: idOf(one.track) })),
        vectors,
        at,
      ),
      replacedAt,
      width,
      height,
    },
  };
}

interface JudgedFace extends Judged {
  readonly face: Face;
  readonly track: TrackId;
  readonly atGate: boolean;
}

const isGood = ({ problems }: Judged): boolean => problems.length === 0;

/** Faces that are to be encoded must be proved to stand upright; those that do not have one problem more. */
async function withUpright(
  faces: readonly JudgedFace[],
  chosen: readonly TrackId[],
  picture: Picture,
  models: Models,
): Promise<readonly JudgedFace[]> {
  const judged: JudgedFace[] = [];
  for (const one of faces) {
    const upright = !chosen.includes(one.track) || (await isProvedUpright(picture, one.face, models));
    judged.push(upright ? one : { ...one, problems: [...one.problems, 'not-upright'] });
  }
  return judged;
}

/** Everybody who is followed, also those whom this frame does not show. */
function peopleIn({ tracks, faces }: Following) {
  const seen = new Set(faces.map(({ track }) => track));
  return tracks.map((track) => ({
    track: track.id,
    box: track.face.box,
    seen: seen.has(track.id),
    established: isEstablished(track),
  }));
}

function gateOf(people: readonly { readonly track: TrackId }[]): AtGate {
  const [first, ...more] = people;
  if (first === undefined) return { who: 'nobody' };
  return more.length === 0 ? { who: 'one', track: first.track } : { who: 'several' };
}

function reportOf(
  { face, track, atGate, problems }: JudgedFace,
  embedding: Float32Array | undefined,
  { judged }: Aliveness,
  replacedAt: ReplacedAt,
): FaceReport {
  const { box, score, points } = face;
  return {
    track,
    box,
    score,
    interOcular: interOcular(points),
    atGate,
    problems,
    embedding,
    replaced: replacedAt.has(track) ? true : undefined,
    liveness: judged?.track === track ? judged.score : undefined,
  };
}
