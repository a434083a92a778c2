/** Trains a reranker on some people, stops by others, and evaluates it on people that took no part. */
import { setImmediate as nextTick } from 'node:timers/promises';
import { TwinstileError } from '../../base/errors.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import { freshNetwork, type Reranker, type RerankerNetwork } from '../../biometrics/reranker.js';
import { type Probe, pairScores } from '../../biometrics/statistics/pair-scores.js';
import { rateAt, thresholdAt } from '../../biometrics/statistics/sweep.js';
import { splitByPerson } from '../../biometrics/statistics/training-sets.js';
import type { HeldOut } from '../../biometrics/training-record.js';
import {
  acceptFor,
  doubting,
  examineReranker,
  NEAR_SHARE,
  rerankedScores,
} from './reranker/examine-reranker.js';
import { rerankPairs, type TrainingPair, trainReranker } from './reranker/fit-reranker.js';

interface RerankOptions {
  readonly comparison: Comparison;
  /** Trunk vectors. */
  readonly photos: readonly Probe[];
  readonly seed: number;
  readonly epochs: number;
  readonly width: number;
  readonly candidates: number;
  /** Of the people of the stopping set, the share that may be doubted once among all their pairs. */
  readonly doubt: number;
  /** ISO 8601. */
  readonly madeAt: string;
}

export interface RerankStep {
  readonly epoch: number;
  readonly loss: number;
  /** True match rate of the score alone, on the people of the stopping set. */
  readonly tmr: number;
  readonly best: number;
}

export interface TrainedReranker {
  readonly reranker: Reranker;
  readonly bestEpoch: number;
  /** The score in the place of the distance, on the examined people: what the network has learned at all. */
  readonly alone: readonly HeldOut[];
  readonly pairs: number;
}

/** None above that of `ASKED_BELOW`. */
const RATES = [1e-2, 1e-3, 1e-4];
const EVENTS = 30;
const REPLICATES = 1000;
/** Pairs beyond the distance of this rate pass no gate. */
const ASKED_BELOW = 1e-2;
const MIN_PEOPLE = 30;

/** @throws TwinstileError 'bad-arguments' for too few people and for a half-twin, whose sides are no twins. */
export async function learnReranker(
  options: RerankOptions,
  onStep: (step: RerankStep) => void,
  signal: AbortSignal,
): Promise<TrainedReranker> {
  const { comparison, seed } = options;
  if (comparison.head.kind === 'half-twin')
    throw unfit('a pack or a twin', 'a half-twin', 'Train it without --head, or with the head of a twin.');
  const { metric } = comparison;
  const probes = options.photos.map(({ person, vector }) => ({ person, vector: comparison.live(vector) }));
  const { train, stop, examine } = splitByPerson(probes, seed);
  assertEnough(train, stop, examine);
  const near = nearBound(stop, metric);
  const { pairs, scale } = rerankPairs(train, metric, seed);
  const best = await bestNetwork(
    { pairs, scale, tmrOf: evaluateOn(stop, metric, near) },
    options,
    onStep,
    signal,
  );
  const accept = acceptFor(best.network, stop, { metric, near, share: options.doubt });
  const { alone, heldOut } = examineOn(examine, { network: best.network, accept }, metric, seed);
  return {
    bestEpoch: best.epoch,
    pairs: pairs.length,
    alone,
    reranker: {
      compared: comparison.digest,
      network: best.network,
      accept,
      candidates: options.candidates,
      card: cardOf(options, { train, pairs: pairs.length, bestEpoch: best.epoch, heldOut }),
    },
  };
}

interface BestNetwork {
  readonly network: RerankerNetwork;
  readonly tmr: number;
  /** 0: no epoch was better than the start. */
  readonly epoch: number;
}

async function bestNetwork(
  data: {
    readonly pairs: readonly TrainingPair[];
    readonly scale: number;
    readonly tmrOf: (network: RerankerNetwork) => number;
  },
  { comparison: { dimension }, seed, epochs, width }: RerankOptions,
  onStep: (step: RerankStep) => void,
  signal: AbortSignal,
): Promise<BestNetwork> {
  const start = freshNetwork(dimension, data.scale, width, seed);
  let best: BestNetwork = { network: start, tmr: data.tmrOf(start), epoch: 0 };
  const onEpoch = (network: RerankerNetwork, epoch: number, loss: number): Promise<void> => {
    const tmr = data.tmrOf(network);
    if (tmr > best.tmr) best = { network, tmr, epoch };
    onStep({ epoch, loss, tmr, best: best.tmr });
    // Ctrl-C is handled between epochs.
    return nextTick();
  };
  await trainReranker(start, data.pairs, { epochs, seed }, { onEpoch, signal });
  return best;
}

/** @returns match rates of the score alone, and of the distance with the reranker's doubts, on people that took no part. */
function examineOn(
  examine: readonly Probe[],
  { network, accept }: { readonly network: RerankerNetwork; readonly accept: number },
  metric: Comparison['metric'],
  seed: number,
): { readonly alone: readonly HeldOut[]; readonly heldOut: readonly HeldOut[] } {
  const plan = { replicates: REPLICATES, seed };
  const before = pairScores(examine, undefined, metric, { share: NEAR_SHARE });
  const bound = thresholdAt(before, ASKED_BELOW) ?? Number.POSITIVE_INFINITY;
  const doubted = doubting(network, accept, metric, bound);
  const after = pairScores(examine, undefined, doubted, { share: NEAR_SHARE });
  return {
    heldOut: examineReranker(before, after, examine.length, plan),
    alone: examineReranker(before, rerankedScores(network, examine, metric, bound), examine.length, plan),
  };
}

const cardOf = (
  { width, epochs, madeAt, seed }: RerankOptions,
  made: {
    readonly train: readonly Probe[];
    readonly pairs: number;
    readonly bestEpoch: number;
    readonly heldOut: readonly HeldOut[];
  },
): Reranker['card'] => ({
  how: `${width} units over |u-v| and u v beside the distance, logistic loss over ${made.pairs} pairs, best of ${epochs} epochs: ${made.bestEpoch}`,
  madeAt,
  seed,
  trained: { people: new Set(made.train.map(({ person }) => person)).size, photos: made.train.length },
  heldOut: [...made.heldOut],
});

/** @throws TwinstileError 'learning-refused' with the numbers where its doubts cost people that took no part more than a stricter bound. */
export function assertUseful({ heldOut = [] }: Reranker['card']): void {
  const row = heldOut.findLast(({ counting }) => counting === 'people');
  if (row !== undefined && row.lift > 0) return;
  const measured =
    row === undefined
      ? 'nothing that could be measured'
      : `${percent(row.tmrBefore)} before and ${percent(row.tmrAfter)} after at FMR ${row.fmr.toExponential(0)} (from ${percent(row.liftFrom)} to ${percent(row.liftTo)}) on ${row.people} people`;
  throw new TwinstileError({
    code: 'learning-refused',
    message: `Expected a second opinion that is worth more than a stricter distance, got ${measured}.`,
    hint: 'Continue without one, or train on more people; --force writes it nevertheless.',
  });
}

/** The true match rate at the smallest rate that these people support, each person once. */
function evaluateOn(
  stop: readonly Probe[],
  metric: Comparison['metric'],
  near: number,
): (network: RerankerNetwork) => number {
  const pairs = (stop.length * (stop.length - 1)) / 2;
  const fmr = RATES.findLast((rate) => rate * pairs >= EVENTS) ?? 1e-2;
  return (network) => rateAt(rerankedScores(network, stop, metric, near), fmr, 'people')?.tmr ?? 0;
}

const nearBound = (probes: readonly Probe[], metric: Comparison['metric']): number =>
  thresholdAt(pairScores(probes, undefined, metric, { share: NEAR_SHARE }), ASKED_BELOW) ??
  Number.POSITIVE_INFINITY;

function assertEnough(...parts: readonly (readonly Probe[])[]): void {
  for (const part of parts) {
    const seen = new Map<string, number>();
    for (const { person } of part) seen.set(person, (seen.get(person) ?? 0) + 1);
    const several = [...seen.values()].filter((count) => count > 1).length;
    if (several < MIN_PEOPLE)
      throw unfit(
        `at least ${MIN_PEOPLE} people with several photographs in each part`,
        `${several}`,
        'Bring more people, with two photographs or more of each.',
      );
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

const unfit = (expected: string, got: string, hint: string): TwinstileError =>
  new TwinstileError({ code: 'bad-arguments', message: `Expected ${expected}, got ${got}.`, hint });
