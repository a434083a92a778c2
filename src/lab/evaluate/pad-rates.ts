/**
 * How often is an attack let in, and a living face turned away? As ISO/IEC 30107-3 counts: APCER for each species of attack,
 * the worst of them speaking for the whole, and BPCER.
 */

import type { TrackId } from '../../base/ids.js';
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import { type Rate, rateOf } from '../../biometrics/statistics/clopper-pearson.js';
import {
  EVEN_SCORE,
  type LivenessEvidence,
  type LivenessVerdict,
  noEvidence,
  withScore,
} from '../../vision/tracking/pad-evidence.js';

/** One track that was classified. */
export interface Presentation {
  readonly verdict: LivenessVerdict;
  /** From the first frame that was scored until the verdict; absent when it is undecided. */
  readonly decidedAfter?: number;
  /** Of each scored frame, 0..1. */
  readonly scores: readonly number[];
}

export interface PadRates {
  /** Each track once: one that is undecided is not let in. */
  readonly tracks: Rate;
  /** Each frame by itself: it errs when it supports the wrong class. */
  readonly frames: Rate;
  readonly undecided: number;
  /** Of the tracks that were decided, how many within `SOON` of their first scored frame. */
  readonly soon: number;
  /** The longest that a decision took, in ms; absent without any. */
  readonly slowest?: number;
}

/** A decision should be there by then, in ms. */
export const SOON = 700;

/** @returns how often a living face was not let in: BPCER. */
export const liveRates = (tracks: readonly Presentation[]): PadRates =>
  ratesOf(
    tracks,
    ({ verdict }) => verdict !== 'live',
    (score) => !countsAsLive(score),
  );

/** @returns how often a picture was let in: APCER of one species. */
export const attackRates = (tracks: readonly Presentation[]): PadRates =>
  ratesOf(tracks, ({ verdict }) => verdict === 'live', countsAsLive);

/** The species that is let in most often, and of equals the one of which least is known. */
export function worstOf<Species extends { readonly rates: PadRates }>(
  species: readonly Species[],
): Species | undefined {
  return species.toSorted(
    ({ rates: a }, { rates: b }) => b.tracks.rate - a.tracks.rate || b.tracks.to - a.tracks.to,
  )[0];
}

const countsAsLive = (score: number): boolean => score > EVEN_SCORE;

function ratesOf(
  tracks: readonly Presentation[],
  errs: (track: Presentation) => boolean,
  frameErrs: (score: number) => boolean,
): PadRates {
  const scores = tracks.flatMap((track) => track.scores);
  const times = tracks.flatMap(({ decidedAfter }) => (decidedAfter === undefined ? [] : [decidedAfter]));
  return {
    tracks: rateOf(tracks.filter(errs).length, tracks.length),
    frames: rateOf(scores.filter(frameErrs).length, scores.length),
    undecided: tracks.filter(({ verdict }) => verdict === 'undecided').length,
    soon: times.filter((time) => time <= SOON).length,
    slowest: times.length === 0 ? undefined : Math.max(...times),
  };
}

/** Groups liveness scores of frames by track, and finds the decision on each. */
interface PresentationWatch {
  /** @param liveness absent when the frame was not scored. */
  see(face: { readonly track: TrackId; readonly liveness?: number }, at: Monotonic): void;
  /** Those with a scored frame, in order of appearance. */
  readonly judged: readonly Presentation[];
  /** Tracks of which no frame could be scored: too small, too dark or never at the gate. */
  readonly notJudged: number;
}

interface Watched {
  readonly since: Monotonic;
  readonly evidence: LivenessEvidence;
  readonly scores: readonly number[];
  readonly decided?: Pick<Presentation, 'verdict' | 'decidedAfter'>;
}

/**
 * Of one recording: in another the same id means another track.
 * @param visit a longer track counts as several, each scored from the start: at a gate people wait for seconds, not minutes.
 */
export function watchPresentations(visit: Millis = millis(Number.POSITIVE_INFINITY)): PresentationWatch {
  const seen = new Set<TrackId>();
  const watched = new Map<TrackId, readonly Watched[]>();
  return {
    see({ track, liveness }, at) {
      seen.add(track);
      if (liveness === undefined) return;
      const visits = watched.get(track) ?? [];
      const last = visits.at(-1);
      const isOver = last === undefined || at - last.since >= visit;
      const now = after(isOver ? { since: at, evidence: noEvidence, scores: [] } : last, liveness, at);
      watched.set(track, [...(isOver ? visits : visits.slice(0, -1)), now]);
    },
    get judged() {
      return [...watched.values()].flat().map(({ scores, decided }) => ({
        scores,
        ...(decided ?? { verdict: 'undecided' as const }),
      }));
    },
    get notJudged() {
      return seen.size - watched.size;
    },
  };
}

/** The first verdict counts, as at a gate: what opens has opened. */
function after(before: Watched, score: number, at: Monotonic): Watched {
  const evidence = withScore(before.evidence, score, at);
  const { verdict } = evidence;
  const decided =
    before.decided ?? (verdict === 'undecided' ? undefined : { verdict, decidedAfter: at - before.since });
  return {
    since: before.since,
    evidence,
    scores: [...before.scores, score],
    decided,
  };
}
