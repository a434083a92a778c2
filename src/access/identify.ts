/**
 * Identifies 1:N over one track which enrolled person this is.
 *
 * Pure. Fail closed: a missing or NaN number ends in a pending verdict.
 */
import type { FalseMatchRate, Millis, Monotonic } from '../base/units.js';
import { fmrBound } from './fmr-bound.js';
import type { LaneRules } from './lane-rules.js';
import { bestOf, consensusOn, type Match, type Observation, recent, type Verdict } from './observation.js';

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

/** @param observations of one track, in any order. */
export function identify(
  observations: readonly Observation[],
  now: Monotonic,
  rules: IdentifyRules,
): Verdict {
  const seen = recent(observations, now, rules.window);
  const hold = (
    reason: 'no-face' | 'unknown' | 'ambiguous' | 'identity-conflict' | 'disputed',
    frames = 0,
  ): Verdict => ({
    verdict: 'pending',
    reason,
    frames,
    ...bestOf(seen.map(({ match }) => match?.fmr)),
  });
  if (seen.length === 0) return hold('no-face');

  const close = seen.flatMap((observation) =>
    observation.match !== undefined && observation.match.fmr <= rules.maxFmr
      ? [{ observation: observation, match: observation.match }]
      : [],
  );
  if (new Set(close.map(({ match }) => match.person)).size > 1) return hold('identity-conflict');
  const sure = close
    .filter(({ match }) => match.doubted === undefined && leads(match, rules.minMarginRatio))
    .map(({ observation, match }) => ({ observation: observation, fmr: match.fmr, person: match.person }));
  const [first] = sure;
  if (first === undefined && close.some(({ match }) => match.disputed === true)) return hold('disputed');
  if (first === undefined) return hold(close.length > 0 ? 'ambiguous' : 'unknown');
  return consensusOn(first.person, sure, seen.at(-1), now, rules);
}

function leads({ fmr, runnerUpFmr }: Match, minMarginRatio: number): boolean {
  return runnerUpFmr === undefined || runnerUpFmr >= minMarginRatio * fmr;
}
