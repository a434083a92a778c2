/**
 * Verifies that an encoder still computes what it did (self-test). Two drawn faces are encoded repeatedly: their vectors must stay
 * where they were, and apart from each other. An accelerator that computes garbage without failing is found out by this alone.
 */
import type { Distance } from '../base/units.js';
import { distanceOf } from './distance.js';
import type { CalibrationTable, EncoderCard } from './model-card.js';

/** float32 [dimension] of each of the two drawn faces. */
export interface SelfTestVectors {
  readonly face: Float32Array;
  readonly other: Float32Array;
}

interface SelfTestVerdict {
  /** 'unsure': the first of its kind, to which the second is compared. */
  readonly verdict: 'true' | 'untrue' | 'unsure';
  /** How far the two landed from where they did before, the larger of both; absent for the first. */
  readonly drift?: Distance;
}

export type SelfTestJudge = (vectors: SelfTestVectors) => SelfTestVerdict;

export interface SelfTestRules {
  readonly metric: EncoderCard['metric'];
  /** Furthest that the same picture may land from where it did, inclusive. */
  readonly tolerance: number;
}

/**
 * A tenth of the surest distance of the table: what moves a vector less moves no face across a bound that is in use, and
 * yet it is a thousand times what rounding does, on a processor or an accelerator.
 */
const SHARE_OF_SUREST = 0.1;
/** For a pack without calibration, with which no gate opens. */
const WITHOUT_TABLE = 0.01;

export function selfTestRules(
  metric: EncoderCard['metric'],
  calibration: CalibrationTable | undefined,
): SelfTestRules {
  const surest = calibration?.rows.find(({ distance }) => distance > 0)?.distance;
  return { metric, tolerance: surest === undefined ? WITHOUT_TABLE : surest * SHARE_OF_SUREST };
}

/**
 * Keeps the first vectors of both faces and verifies all later ones against them, across replaced processes too: the weights are
 * the same, so the vectors must be. The first pair counts only when the second confirms it.
 */
export function createSelfTestJudge({ metric, tolerance }: SelfTestRules): SelfTestJudge {
  const apart = distanceOf[metric];
  let first: SelfTestVectors | undefined;
  let isConfirmed = false;
  return (vectors) => {
    // An encoder that gives one vector for all would agree with itself for ever.
    if (!(apart(vectors.face, vectors.other) > 2 * tolerance)) return { verdict: 'untrue' };
    if (first === undefined) {
      first = vectors;
      return { verdict: 'unsure' };
    }
    const drift = Math.max(apart(first.face, vectors.face), apart(first.other, vectors.other)) as Distance;
    if (drift <= tolerance) {
      isConfirmed = true;
      return { verdict: 'true', drift };
    }
    // Either of the two may be the wrong one, as long as none was confirmed.
    if (!isConfirmed) first = undefined;
    return { verdict: 'untrue', drift };
  };
}
