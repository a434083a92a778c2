/** Compares the looks of one track as one: searched for when they come, against the person of a badge when it is asked. */
import { fusableLooks, fusedBound } from '../../access/fused-evidence.js';
import type { LaneRules, VerificationRules } from '../../access/lane-rules.js';
import type { FusedEvidence, Match } from '../../access/observation.js';
import { provenObservations } from '../../access/pad-policy.js';
import { type FaceObservation, type Subject, withObservation } from '../../access/subject.js';
import type { Claim } from '../../access/verify.js';
import { type FalseMatchRate, type FrameSeq, type Millis, millis } from '../../base/units.js';
import { fmrOf } from '../../biometrics/fmr.js';
import { fuseLooks, fusionFor } from '../../biometrics/fused-looks.js';
import type { LaneGallery, LimitOf } from './lane-gallery.js';
import { compareWith, matchClosely } from './observe-face.js';
import { claimWithinLimit, type LimitContext } from './person-limits.js';
import { identificationBound } from './promise.js';

/** The newest looks that may be fused, and their mean; undefined where there are too few, or no table reaches the bound. */
function fused(
  looks: readonly FaceObservation[],
  { calibration }: LaneGallery,
  bound: FalseMatchRate,
  { framesNeeded: needed, window }: { readonly framesNeeded: number; readonly window: Millis },
) {
  if (calibration === undefined) return undefined;
  const fusable = fusableLooks(looks, window);
  const fusion = fusionFor(calibration, { bound, needed, available: fusable.length });
  if (fusion === undefined) return undefined;
  const newest = fusable.slice(-fusion.looks);
  return {
    fusion,
    frames: newest.map(({ observation }) => observation.frame),
    probe: fuseLooks(newest.map(({ embedding }) => embedding)),
  };
}

interface SearchContext {
  readonly rules: LaneRules;
  readonly gallery: LaneGallery;
  readonly limitOf?: LimitOf | undefined;
}

/** Adds a look to what is known of a subject, alone and together with those before it. */
export async function withLook(subject: Subject, look: FaceObservation, by: SearchContext): Promise<Subject> {
  const seen = withObservation(subject, look, longestWindow(by.rules));
  return { ...seen, fused: await searchTogether(seen, by) };
}

/** How far back a look can count by any of the rules. */
const longestWindow = ({ identification, verification }: LaneRules): Millis =>
  millis(Math.max(identification?.window ?? 0, verification?.window ?? 0));

/**
 * 1:N over the newest looks of a subject: over all of them, and over those alone that prove a living face.
 * @returns what each search found; empty where no table of so many looks reaches the bound.
 */
async function searchTogether(
  subject: Subject,
  { rules, gallery, limitOf }: SearchContext,
): Promise<readonly FusedEvidence<Match>[]> {
  const { identification, liveness } = rules;
  if (identification === undefined || subject.granted) return [];
  const bound = fusedBound(identificationBound(gallery, identification.maxFpir));
  const sets = [subject.observations, ...(liveness === undefined ? [] : [provenObservations(subject)])];
  const found: FusedEvidence<Match>[] = [];
  for (const looks of sets) {
    const together = fused(looks, gallery, bound, identification);
    if (together === undefined || found.some((one) => isSame(one.frames, together.frames))) continue;
    const { table: calibration } = together.fusion;
    const result = await matchClosely(together.probe, { gallery, calibration, limitOf, bound });
    if (result !== undefined) found.push({ frames: together.frames, result });
  }
  return found;
}

const isSame = (a: readonly FrameSeq[], b: readonly FrameSeq[]): boolean =>
  a.length === b.length && a.every((frame, i) => frame === b[i]);

/** 1:1 over the newest looks. @returns undefined where no table of so many looks reaches the bound, or the person has no template. */
export function compareTogether(
  claim: Claim,
  looks: readonly FaceObservation[],
  context: LimitContext,
  rules: VerificationRules,
): FusedEvidence<FalseMatchRate> | undefined {
  const bound = fusedBound(rules.maxFmr);
  const together = fused(looks, context.gallery, bound, rules);
  if (together === undefined) return undefined;
  const { fusion, frames, probe } = together;
  const result = claimedRate(probe, claim, { ...context, bound, calibration: fusion.table });
  return result === undefined ? undefined : { frames, result };
}

/** The rate of one vector for the person who is claimed. @returns undefined when the person has no template. */
export function claimedRate(
  embedding: Float32Array,
  { person, pass }: Claim,
  context: LimitContext,
): FalseMatchRate | undefined {
  const { gallery, calibration } = context;
  if (pass !== undefined) return fmrOf(calibration, pass.distanceTo(embedding, gallery.photoDistance));
  const claimed = compareWith(embedding, person, gallery.search, calibration);
  return claimed === undefined ? undefined : claimWithinLimit(claimed, person, embedding, context);
}
