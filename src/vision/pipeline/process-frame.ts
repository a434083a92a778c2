/** Processes one frame: detect, track, assess quality, align, encode, score liveness, report. */
import type { TrackId } from '../../base/ids.js';
import type { Monotonic } from '../../base/units.js';
import type { Light } from '../../biometrics/conditions/capture-condition.js';
import type { Face } from '../detection/face.js';
import { lightAfter } from '../detection/light.js';
import { peopleAtGate } from '../detection/region-of-interest.js';
import type { Picture } from '../ports/picture.js';
import type { FrameReport, VisionSettings } from '../ports/vision.js';
import { type Encoded, nothingEncoded, shouldEncode } from '../tracking/encode-scheduler.js';
import { type ScoredAt, shouldScore } from '../tracking/pad-evidence.js';
import { type AfterReplacing, endReplaced, type ReplacedAt, replacedAfter } from '../tracking/replaced.js';
import { isEstablished, type Track } from '../tracking/track.js';
import { type TrackedFaces, updateTracks } from '../tracking/tracker.js';
import { assessFace, type FaceQuality } from './assess-quality.js';
import { alignFace } from './encode-faces.js';
import {
  detectFaceChanges,
  type FaceChanges,
  type LastSeenFaces,
  lastSeenAfter,
  type SeenFace,
} from './face-changes.js';
import { findFaces } from './find-faces.js';
import { type AssessedFace, gateOf, reportOf, type Stopwatch } from './frame-report.js';
import type { Models } from './load-models.js';
import { type ScoredLiveness, scoreOneFace } from './score-liveness.js';
import { isProvedUpright } from './upright-check.js';

export interface FrameProcessing {
  readonly models: Models;
  readonly settings: Pick<VisionSettings, 'detector' | 'minInterOcular' | 'zone'>;
  /** Never the same id twice in the life of the process. */
  readonly newTrack: () => TrackId;
}

/** What is remembered from one frame to the next. */
export interface FrameMemory {
  readonly tracks: readonly Track[];
  readonly encoded: Encoded;
  readonly scoredAt: ScoredAt;
  /** Faces at the gate, as they were last seen. */
  readonly lastSeen: LastSeenFaces;
  /** When a face took the place of another. */
  readonly replacedAt: ReplacedAt;
  /** Absent before the first face. */
  readonly light?: Light | undefined;
  readonly width: number;
  readonly height: number;
}

export interface ProcessedFrame {
  readonly report: Omit<FrameReport, 'seq' | 'skipped' | 'timings'>;
  readonly memory: FrameMemory;
}

interface Frame {
  readonly picture: Picture;
  /** When it was taken. */
  readonly at: Monotonic;
}

/** A frame with what is remembered of those before. */
interface FrameContext extends Frame, FrameProcessing {
  readonly memory: FrameMemory | undefined;
  /** Of a picture of the same size: places in any other mean nothing in this one. */
  readonly before: FrameMemory | undefined;
}

/**
 * A face less sure than the bound by this factor still continues a track, so that a blink of the detector does not end
 * it; it is reported with the problem 'low-score' and is never encoded.
 */
const STILL_A_FACE = 0.7;

/** @throws TwinstileError 'model-failed'. */
export async function processFrame(
  processing: FrameProcessing,
  frame: Frame,
  memory: FrameMemory | undefined,
  watch: Stopwatch,
): Promise<ProcessedFrame> {
  const context = { ...processing, ...frame, memory, before: comparable(memory, frame.picture) };
  const found = await detect(context);
  watch.lap('detect');
  const tracked = track(found, context);
  watch.lap('track');
  const faces = judgeQuality(tracked, context);
  watch.lap('quality');
  const scheduled = await schedule(faces, tracked, context);
  watch.lap('align');
  const appearances = await encode(scheduled, tracked, context);
  watch.lap('encode');
  const renamed = endReplaced(tracked.following, appearances.replaced, frame.at, processing.newTrack);
  const aliveness = await judgeLivenessOf(scheduled, renamed, context);
  watch.lap('liveness');
  return conclude({ tracked, scheduled, appearances, renamed, aliveness }, context);
}

const comparable = (memory: FrameMemory | undefined, { width, height }: Picture): FrameMemory | undefined =>
  memory?.width === width && memory.height === height ? memory : undefined;

function detect({ picture, models, settings: { detector } }: FrameContext): Promise<readonly Face[]> {
  const minScore = detector.minScore * STILL_A_FACE;
  return findFaces(picture, models, { longest: detector.width, minScore });
}

interface Tracked {
  readonly following: TrackedFaces;
  /** Tracks that do not go on in this frame. */
  readonly ended: readonly TrackId[];
  /** Their tracks: none, one or several. */
  readonly atGate: readonly TrackId[];
}

function track(
  found: readonly Face[],
  { picture, at, settings, newTrack, ...context }: FrameContext,
): Tracked {
  const { memory, before } = context;
  const rules = { minScore: settings.detector.minScore, newId: newTrack };
  const following = updateTracks(before?.tracks ?? [], found, at, rules);
  const atGate = peopleAtGate(peopleIn(following), picture, settings);
  return {
    following,
    ended: before === undefined ? (memory?.tracks ?? []).map(({ id }) => id) : following.ended,
    atGate: atGate.map((person) => person.track),
  };
}

/** Everyone who is followed, also those whom this frame does not show. */
function peopleIn({ tracks, faces }: TrackedFaces) {
  const seen = new Set(faces.map((face) => face.track));
  return tracks.map((one) => ({
    track: one.id,
    box: one.face.box,
    seen: seen.has(one.id),
    established: isEstablished(one),
  }));
}

function judgeQuality(
  { following, atGate }: Tracked,
  { picture, settings }: FrameContext,
): readonly AssessedFace[] {
  const rules = { minInterOcular: settings.minInterOcular, minScore: settings.detector.minScore };
  return following.faces.map((one) => ({
    face: one.face,
    track: one.track,
    atGate: atGate.includes(one.track),
    ...assessFace(picture, one.face, rules),
  }));
}

/** What of this frame is encoded and scored for liveness. */
interface Scheduled {
  readonly faces: readonly AssessedFace[];
  /** Tracks whose faces are encoded: good ones that are upright. */
  readonly toEncode: readonly TrackId[];
  /** Those, and every face at the gate, with its aligned chip. */
  readonly aligned: readonly (SeenFace & AssessedFace)[];
  readonly encoded: Encoded;
  /** Whose liveness is due. */
  readonly due: TrackId | undefined;
}

async function schedule(
  faces: readonly AssessedFace[],
  { following }: Tracked,
  { picture, at, models, memory, before }: FrameContext,
): Promise<Scheduled> {
  const judgedAt = before?.scoredAt ?? new Map();
  const due = models.liveness === undefined ? undefined : shouldScore(faces, judgedAt, at);
  const present = following.tracks.map(({ id }) => id);
  const already = memory?.encoded ?? nothingEncoded(at);
  const { chosen, encoded } = shouldEncode(faces.filter(isGood), already, at, { present, judged: due });
  const judged = await withUpright(faces, chosen, picture, models);
  const good = new Set(judged.filter(isGood).map((one) => one.track));
  const toEncode = chosen.filter((id) => good.has(id));
  const aligned = judged
    .filter((one) => one.atGate || toEncode.includes(one.track))
    .map((one) => ({ ...one, box: one.face.box, chip: alignFace(picture, one.face, models.card.encoder) }));
  return { faces: judged, toEncode, aligned, encoded, due };
}

const isGood = ({ problems }: FaceQuality): boolean => problems.length === 0;

/** Faces that are to be encoded must be proved upright; those that are not have one problem more. */
async function withUpright(
  faces: readonly AssessedFace[],
  chosen: readonly TrackId[],
  picture: Picture,
  models: Models,
): Promise<readonly AssessedFace[]> {
  const judged: AssessedFace[] = [];
  for (const one of faces) {
    const upright = !chosen.includes(one.track) || (await isProvedUpright(picture, one.face, models));
    judged.push(upright ? one : { ...one, problems: [...one.problems, 'not-upright'] });
  }
  return judged;
}

const encode = (
  { aligned, toEncode }: Scheduled,
  { following }: Tracked,
  { at, models, before }: FrameContext,
): Promise<FaceChanges> =>
  detectFaceChanges(
    { faces: aligned, chosen: toEncode, following, at },
    before?.lastSeen ?? new Map(),
    models,
  );

/** Identity and liveness are decided from the same frames: what is encoded is scored, and the other way round. */
function judgeLivenessOf(
  { faces, toEncode, due }: Scheduled,
  { idOf }: AfterReplacing,
  { picture, at, models, before }: FrameContext,
): Promise<ScoredLiveness> {
  const atGate = new Set(faces.filter((one) => one.atGate).map((one) => one.track));
  const chosen = due ?? toEncode.find((id) => atGate.has(id));
  return scoreOneFace(
    { picture, at, faces: faces.map(({ face, track: id }) => ({ face, track: idOf(id) })) },
    chosen === undefined ? undefined : idOf(chosen),
    models,
    before?.scoredAt ?? new Map(),
  );
}

interface Findings {
  readonly tracked: Tracked;
  readonly scheduled: Scheduled;
  readonly appearances: FaceChanges;
  readonly renamed: AfterReplacing;
  readonly aliveness: ScoredLiveness;
}

/** The frame's report, and what is remembered of it, both under the tracks by which the faces go on. */
function conclude(findings: Findings, { picture, at, before }: FrameContext): ProcessedFrame {
  const { tracked, scheduled, appearances, renamed, aliveness } = findings;
  const { idOf, following } = renamed;
  const { width, height } = picture;
  const vectors = new Map([...appearances.vectors].map(([id, vector]) => [idOf(id), vector]));
  const replaced = [...appearances.replaced].map(idOf);
  const replacedAt = replacedAfter(before?.replacedAt ?? new Map(), replaced, at, appearances.continues);
  const encodedNow = new Set(scheduled.toEncode.map(idOf));
  const faces = scheduled.faces.map((one) => {
    const id = idOf(one.track);
    const embedding = encodedNow.has(id) ? vectors.get(id) : undefined;
    return reportOf({ ...one, track: id }, { embedding, aliveness, replacedAt });
  });
  const atGate = scheduled.aligned
    .filter((one) => one.atGate)
    .map((one) => ({ ...one, track: idOf(one.track) }));
  const lastSeen = lastSeenAfter(before?.lastSeen ?? new Map(), appearances.settled, {
    faces: atGate,
    vectors,
    at,
  });
  const { encoded } = scheduled;
  // The face at the gate decides: behind it there may be a window.
  const light = lightAfter(before?.light, (atGate[0] ?? scheduled.faces[0])?.tint);
  const ended = before === undefined ? tracked.ended : following.ended;
  return {
    report: {
      kind: 'frame',
      at,
      width,
      height,
      gate: gateOf(tracked.atGate.map(idOf)),
      faces,
      ended,
      light: light === 'infrared' ? light : undefined,
    },
    memory: {
      tracks: following.tracks,
      encoded,
      scoredAt: aliveness.scoredAt,
      lastSeen,
      replacedAt,
      light,
      width,
      height,
    },
  };
}
