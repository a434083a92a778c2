/**
 * Identifies 1:N over one track which enrolled person this is.
 *
 * Pure. Fail closed: a missing or NaN number ends in a pending verdict.
 */
import type { FalseMatchRate, Millis, Monotonic } from '../base/units.js';
import { fmrBound } from './fmr-bound.js';
import { evidenceOn, fusedVerdict } from './fused-evidence.js';
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
 * @param observations of one track, in any order.
 * @param evidence of looks of the track that were fused and searched for as one. Where it stands on these observations it decides;
 * otherwise enough of them must agree.
 */
export function identify(
  observations: readonly Observation[],
  now: Monotonic,
  rules: IdentifyRules,
  evidence: readonly FusedEvidence<Match>[] = [],
): Verdict {
  const seen = recent(observations, now, rules.window);
  const fused = evidenceOn(seen, evidence);
  const hold = (reason: Reason, frames = 0): Verdict => ({
    verdict: 'pending',
    reason,
    frames,
    ...bestOf([...seen.map(({ match }) => match?.fmr), fused?.result.fmr]),
  });
  if (seen.length === 0) return hold('no-face');

  const close = seen.flatMap((observation) =>
    observation.match !== undefined && observation.match.fmr <= rules.maxFmr
      ? [{ observation: observation, match: observation.match }]
      : [],
  );
  const isFusedClose = fused !== undefined && fused.result.fmr <= rules.maxFmr;
  const people = new Set(close.map(({ match }) => match.person));
  if (isFusedClose) people.add(fused.result.person);
  if (people.size > 1) return hold('identity-conflict');
  if (fused !== undefined) {
    if (!isFusedClose)
      return close.length === 0 ? hold('unknown') : hold('insufficient-evidence', framesOf(close));
    return (
      identifyTogether(fused, seen, now, rules) ??
      hold(fused.result.disputed === true ? 'disputed' : 'ambiguous')
    );
  }
  const sure = close
    .filter(({ match }) => match.doubted === undefined && leads(match, rules.minMarginRatio))
    .map(({ observation, match }) => ({ observation: observation, fmr: match.fmr, person: match.person }));
  const [first] = sure;
  if (first === undefined && close.some(({ match }) => match.disputed === true)) return hold('disputed');
  if (first === undefined) return hold(close.length > 0 ? 'ambiguous' : 'unknown');
  return consensusOn(first.person, sure, seen.at(-1), { now, rules });
}

type Reason =
  | 'no-face'
  | 'unknown'
  | 'ambiguous'
  | 'identity-conflict'
  | 'insufficient-evidence'
  | 'disputed';

const framesOf = (close: readonly { readonly observation: Observation }[]): number =>
  new Set(close.map(({ observation }) => observation.frame)).size;

/** @returns undefined where the person is doubted or does not lead. */
function identifyTogether(
  { frames, result }: FusedEvidence<Match>,
  seen: readonly Observation[],
  now: Monotonic,
  rules: IdentifyRules,
): Verdict | undefined {
  const newest = seen.at(-1);
  if (newest === undefined || result.doubted !== undefined || !leads(result, rules.minMarginRatio))
    return undefined;
  const { person, fmr } = result;
  const own = newest.match?.person === person ? newest.match.fmr : undefined;
  return fusedVerdict({ person, fmr, frames, newestFmr: own }, newest, now, rules);
}

function leads({ fmr, runnerUpFmr }: Match, minMarginRatio: number): boolean {
  return runnerUpFmr === undefined || runnerUpFmr >= minMarginRatio * fmr;
}
