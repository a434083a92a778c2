/** Measures what the distance of several looks means that are fused to one vector: one table for each number of looks. */
import { randomFrom, shuffled } from '../../base/random.js';
import { fuseLooks } from '../../biometrics/fused-looks.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import { calibrationFrom } from '../../biometrics/statistics/calibration.js';
import { type PairScores, type Probe, pairScores } from '../../biometrics/statistics/pair-scores.js';
import { SPREAD_SHARE } from '../../biometrics/statistics/people-spread.js';

/** Numbers of looks that a table is made for, in addition to one. */
const FUSED_LOOKS = [3, 5] as const;
/** Fewer people with so many photographs measure themselves more than people. */
const MIN_PEOPLE = 100;

type FusedTable = NonNullable<CalibrationTable['fused']>[number];

interface FusedOptions {
  readonly comparison: Comparison;
  /** Trunk vectors of live faces; of those who have enough, tracks are put together. */
  readonly live: readonly Probe[];
  /** Trunk vectors that the tracks are compared with. */
  readonly templates: readonly Probe[];
  /** Of the rates, by the people of the pairs. */
  readonly spreadOf: (scores: PairScores) => (events: number) => number;
  readonly seed: number;
}

/** @returns one table for each number of looks that enough people have photographs for. */
export function fusedTables({ live, seed, ...options }: FusedOptions): readonly FusedTable[] {
  return FUSED_LOOKS.flatMap((looks) => {
    const tracks = tracksOf(live, looks, seed);
    const people = new Set(tracks.map(({ person }) => person)).size;
    return people < MIN_PEOPLE ? [] : [tableOf(tracks, people, { ...options, looks })];
  });
}

/**
 * Puts tracks together from the photographs of each person, each photograph in one track at most.
 * @returns the fused trunk vector of each track.
 */
export function tracksOf(photos: readonly Probe[], looks: number, seed: number): readonly Probe[] {
  const own = new Map<string, Float32Array[]>();
  for (const { person, vector } of photos) own.set(person, [...(own.get(person) ?? []), vector]);
  const random = randomFrom(seed);
  return [...own].flatMap(([person, vectors]) => {
    const mixed = shuffled(vectors, random);
    const count = Math.floor(mixed.length / looks);
    return Array.from({ length: count }, (_, i) => ({
      person,
      vector: fuseLooks(mixed.slice(i * looks, (i + 1) * looks)),
    }));
  });
}

function tableOf(
  tracks: readonly Probe[],
  people: number,
  {
    comparison,
    templates,
    spreadOf,
    looks,
  }: Pick<FusedOptions, 'comparison' | 'templates' | 'spreadOf'> & { readonly looks: number },
): FusedTable {
  const left = templates.map(({ person, vector }) => ({ person, vector: comparison.template(vector) }));
  const right = tracks.map(({ person, vector }) => ({ person, vector: comparison.live(vector) }));
  const impostors = new Float32Array(left.length * right.length);
  let count = 0;
  const scores = pairScores(left, right, comparison.metric, {
    share: SPREAD_SHARE,
    onPair(distance, _a, _b, mated) {
      if (!mated) impostors[count++] = distance;
    },
  });
  const { rows, impostorPairs } = calibrationFrom({
    impostorDistances: impostors.subarray(0, count),
    matedPairs: 0,
    people,
    source: '',
    spread: spreadOf(scores),
  });
  return { looks, people, impostorPairs, rows };
}
