/** Matches the face in one frame: the nearest person, and the rate at which impostors come as close. */
import type { LaneRules } from '../../access/lane-rules.js';
import type { Match } from '../../access/observation.js';
import type { FaceObservation } from '../../access/subject.js';
import type { PersonId } from '../../base/ids.js';
import { type FalseMatchRate, type Monotonic, monotonic } from '../../base/units.js';
import { fmrOf } from '../../biometrics/fmr.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import type { TemplateSearch } from '../../records/people/template-search.js';
import type { FaceReport, FrameReport } from '../../vision/ports/vision.js';
import type { LaneGallery, LimitOf } from './lane-gallery.js';
import { type LimitContext, withinLimit } from './person-limits.js';
import { identificationBound } from './promise.js';

/** Two processes read one clock; this much is left for rounding between them. */
const AHEAD_MS = 50;

/** Whether a picture is young enough to count; one from the future is not. */
export const isFresh = (
  at: Monotonic,
  now: Monotonic,
  { maxFrameAge }: Pick<LaneRules, 'maxFrameAge'>,
): boolean => now - at <= maxFrameAge && at - now <= AHEAD_MS;

interface ObservationContext {
  readonly now: Monotonic;
  readonly rules: LaneRules;
  readonly gallery: LaneGallery;
  readonly limitOf?: LimitOf;
}

/** @returns undefined when the face was not encoded, is not good enough to be compared or has just taken the place of another. */
export async function observeFace(
  { embedding, problems, liveness, replaced }: FaceReport,
  { seq, at }: FrameReport,
  { now, rules, gallery, limitOf }: ObservationContext,
): Promise<FaceObservation | undefined> {
  if (embedding === undefined || problems.length > 0 || replaced === true) return undefined;
  const { calibration } = gallery;
  const match: Match | undefined =
    rules.identification === undefined || calibration === undefined
      ? undefined
      : await matchClosely(embedding, {
          gallery,
          calibration,
          limitOf,
          bound: identificationBound(gallery, rules.identification.maxFpir),
        });
  const observation = {
    frame: seq,
    at: monotonic(Math.min(at, now)),
    match,
  };
  return { observation, embedding, liveness };
}

/** 1:N, with a limit of the person's own and a second opinion where the distance would let in: both can only take away. */
export async function matchClosely(
  embedding: Float32Array,
  context: LimitContext,
): Promise<Match | undefined> {
  const { calibration, bound } = context;
  const { search, doubts } = context.gallery;
  const nearest = await matchFace(embedding, search, calibration);
  const match = nearest === undefined ? undefined : withinLimit(nearest, embedding, context);
  if (match === undefined || doubts === undefined || !(match.fmr <= bound)) return match;
  const isDoubted = await doubts(embedding, (distance) => fmrOf(calibration, distance) <= bound);
  return isDoubted ? { ...match, doubted: true } : match;
}

/** 1:N. @returns undefined when no one is enrolled. */
export async function matchFace(
  embedding: Float32Array,
  search: TemplateSearch,
  table: CalibrationTable,
): Promise<Match | undefined> {
  const found = await search.nearest(embedding);
  if (found === undefined) return undefined;
  const { person, distance, runnerUp } = found;
  const match = { person, fmr: fmrOf(table, distance) };
  return runnerUp === undefined ? match : { ...match, runnerUpFmr: fmrOf(table, runnerUp) };
}

/** 1:1. @returns undefined when the person has no template. */
export function compareWith(
  embedding: Float32Array,
  person: PersonId,
  search: TemplateSearch,
  table: CalibrationTable,
): FalseMatchRate | undefined {
  const distance = search.against(embedding, person);
  return distance === undefined ? undefined : fmrOf(table, distance);
}
