/**
 * Identifies 1:N over one track which enrolled person this is.
 *
 * Pure. Fail closed: a missing or NaN number ends in a pending verdict.
 */
import type { FalseMatchRate, Millis, Monotonic } from '../base/units.js';
import { fmrBound } from './fmr-bound.js';
import { evidenceOn, fusedBound, fusedVerdict } from './fused-evidence.js';
import type { LaneRules } from './lane-rules.js';
import {
  bestOf,
  consensusOn,
  type FusedEvidence,
  type Match,
  type Observation,
  recent,
  type Verdict,
} from './observation.js';

export interface IdentifyRules {
  /** Highest false match rate that still counts, per comparison, inclusive: from fmr-bound.ts, already for the gallery's size. */
  readonly maxFmr: FalseMatchRate;
  /** The runner-up margin: the runner-up's rate must be at least this many times the best person's. */
  readonly minMarginRatio: number;
  readonly framesNeeded: number;
  readonly window: Millis;
  readonly maxFrameAge: Millis;
}

/**
 * The rules of 1:N for one gallery; absent where no face is identified without a badge.
 *
 * Computed once per gallery version and rule: the bound does not change from frame to frame.
 * @param templates in the gallery.
 */
export function identifyRulesFor(
  { identification, maxFrameAge }: Pick<LaneRules, 'identification' | 'maxFrameAge'>,
  templates: number,
): IdentifyRules | undefined {
  if (identification === undefined) return undefined;
  const { maxFpir, ...rules } = identification;
  return { ...rules, maxFmr: fmrBound(maxFpir, templates), maxFrameAge };
}

/**
 * Opens where enough observations agree one by one, or where they are sure when they are fused.
 * @param observations of one track, in any order.
 * @param evidence of looks of the track that were fused and searched for as one; it counts where it rests on these observations.
 */
export function identify(
  observations: readonly Observation[],
  now: Monotonic,
  rules: IdentifyRules,
  evidence: readonly FusedEvidence<Match>[] = [],
): Verdict {
  const seen = recent(observations, now, rules.window);
  const found = evidenceOn(seen, evidence);
  const hold = (
    reason: 'no-face' | 'unknown' | 'ambiguous' | 'identity-conflict' | 'disputed',
    frames = 0,
  ): Verdict => ({
    verdict: 'pending',
    reason,
    frames,
    ...bestOf([...seen.map(({ match }) => match?.fmr), found?.result.fmr]),
  });
  if (seen.length === 0) return hold('no-face');

  const close = seen.flatMap((observation) =>
    observation.match !== undefined && observation.match.fmr <= rules.maxFmr
      ? [{ observation: observation, match: observation.match }]
      : [],
  );
  const fused = found !== undefined && found.result.fmr <= fusedBound(rules.maxFmr) ? found : undefined;
  const people = [...close, ...(fused === undefined ? [] : [{ match: fused.result }])];
  if (new Set(people.map(({ match }) => match.person)).size > 1) return hold('identity-conflict');
  const isSure = (match: Match): boolean => match.doubted === undefined && leads(match, rules.minMarginRatio);
  const sure = close
    .filter(({ match }) => isSure(match))
    .map(({ observation, match }) => ({ observation: observation, fmr: match.fmr, person: match.person }));
  const [first] = sure;
  const counted =
    first === undefined ? undefined : consensusOn(first.person, sure, seen.at(-1), { now, rules });
  if (counted?.verdict === 'open') return counted;
  if (fused !== undefined && isSure(fused.result)) return togetherIn(fused, seen, now, rules);
  if (counted !== undefined) return counted;
  if (people.some(({ match }) => match.disputed === true)) return hold('disputed');
  return hold(people.length > 0 ? 'ambiguous' : 'unknown');
}

function togetherIn(
  { frames, result: { person, fmr } }: FusedEvidence<Match>,
  seen: readonly Observation[],
  now: Monotonic,
  rules: IdentifyRules,
): Verdict {
  const newest = seen.at(-1);
  const newestFmr = newest?.match?.person === person ? newest.match.fmr : undefined;
  return fusedVerdict({ person, fmr, frames, newestFmr, newest: newest?.at }, now, rules);
}

function leads({ fmr, runnerUpFmr }: Match, minMarginRatio: number): boolean {
  return runnerUpFmr === undefined || runnerUpFmr >= minMarginRatio * fmr;
}
