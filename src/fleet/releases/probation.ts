/** Decides whether a release passes its probation after the switch. Pure. */
import { howOften } from '../../base/plural.js';
import { type Millis, millis } from '../../base/units.js';

/** Of one lane, since this process began. */
export interface LaneProbation {
  readonly lane: string;
  /** Vision is up, with networks loaded and drawn faces landing where they should. */
  readonly isUp: boolean;
  readonly restarts: number;
  /** The drawn faces did not land where they should. */
  readonly hasFailedSelfTest: boolean;
  /** Causes in the lane's state now. */
  readonly degraded: readonly string[];
}

export interface Admissions {
  readonly granted: number;
  readonly of: number;
}

export interface ProbationReport {
  /** Since this process began to run by the release. */
  readonly elapsed: Millis;
  readonly lanes: readonly LaneProbation[];
  /** What was wrong at the switch already. */
  readonly tolerated: readonly string[];
  readonly before: Admissions;
  readonly since: Admissions;
}

type ProbationVerdict =
  | { readonly verdict: 'watching' }
  | { readonly verdict: 'settled' }
  | { readonly verdict: 'failed'; readonly reason: string };

/** What a pack can be the reason of; a broker or a disk is none of its doing. */
const CAUSES_OF_RELEASE = [
  'vision-failing',
  'encoder-self-test-failed',
  'pack-uncalibrated',
  'pad-model-missing',
  'gallery-empty',
  'gallery-too-large',
];
/** Networks load within a second or two, on a slow box within ten. */
const UP_WITHIN = millis(60_000);
const MAX_RESTARTS = 3;
/** With fewer decisions a share is not significant. */
const MIN_DECISIONS = 20;
/** Of those who were let in before. */
const MIN_SHARE = 0.5;

/** @param period of the probation. */
export function assessProbation(
  { elapsed, lanes, tolerated, before, since }: ProbationReport,
  period: Millis,
): ProbationVerdict {
  for (const { lane, restarts, hasFailedSelfTest, isUp, degraded } of lanes) {
    if (hasFailedSelfTest) return failed(`the encoder of lane ${lane} does not land where it should`);
    if (restarts >= MAX_RESTARTS) return failed(`the eye of lane ${lane} died ${howOften(restarts)}`);
    const cause =
      elapsed >= UP_WITHIN
        ? degraded.find((one) => CAUSES_OF_RELEASE.includes(one) && !tolerated.includes(one))
        : undefined;
    if (cause !== undefined) return failed(`lane ${lane} is degraded: ${cause}`);
    if (!isUp && elapsed >= UP_WITHIN && !degraded.includes('camera-not-live'))
      return failed(`the eye of lane ${lane} was not up within ${UP_WITHIN / 1000} s`);
  }
  const [was, is] = [before.granted / before.of, since.granted / since.of];
  if (before.of >= MIN_DECISIONS && since.of >= MIN_DECISIONS && !(is >= was * MIN_SHARE))
    return failed(`${since.granted} of ${since.of} were let in, before it ${before.granted} of ${before.of}`);
  return elapsed >= period && lanes.every(({ isUp }) => isUp)
    ? { verdict: 'settled' }
    : { verdict: 'watching' };
}

const failed = (reason: string): ProbationVerdict => ({ verdict: 'failed', reason });
