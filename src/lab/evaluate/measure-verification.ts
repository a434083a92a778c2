/** Evaluates 1:1 verification on a list of pairs, by the protocol of LFW. */
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { distanceOf } from '../../biometrics/distance.js';
import {
  asCompared,
  type Measured,
  type MetricName,
  measuredBy,
} from '../../biometrics/statistics/metric.js';
import { extremesOf } from '../../biometrics/statistics/ranked.js';
import { type Accuracy, kFoldAccuracy } from '../../biometrics/statistics/verification-rates.js';
import { openComparison } from '../../service/setup/open-comparison.js';
import type { Acquired } from '../../service/setup/open-photo-encoder.js';
import {
  type AcquiredOf,
  type AcquisitionOptions,
  acquirePhotos,
  type ComparedBy,
  type Missing,
  reasonsOf,
} from './acquire-photos.js';
import { type PhotoPair, readPairs } from './files/pairs-file.js';
import { measuredAtCamera, type OwnedVector } from './same-camera.js';
import { type Spread, spreadOf, WORST, type WorstPairs } from './spread.js';

export interface VerificationResult extends ComparedBy, AcquiredOf, Accuracy {
  readonly pairs: number;
  /** Of the pairs. */
  readonly mated: number;
  readonly worst: WorstPairs;
  readonly spread: Spread;
}

/** LFW's protocol has ten. */
export const FOLDS = 10;

interface VerificationOptions {
  /** Folder. */
  readonly images: string;
  /** File with the list. */
  readonly pairs: string;
  readonly photos: AcquisitionOptions;
  readonly metric?: MetricName;
  /** Whether one camera took all photographs: each is then in a folder of its person, and is compared through the centre of all. */
  readonly isSameCamera?: boolean;
}

/** @throws TwinstileError of the list, the pack store, the head and the photo encoder. */
export async function evaluateVerification(
  { images, pairs: list, photos: { head, ...acquisition }, metric, isSameCamera }: VerificationOptions,
  signal: AbortSignal,
): Promise<VerificationResult> {
  const pairs = await readPairs(list);
  const pathOf = (name: string): string => path.resolve(images, name);
  const names = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
  const paths = [...new Set(names.map(pathOf))];
  const { card, acquired } = await acquirePhotos({ ...acquisition, paths }, signal);
  const comparison = await openComparison(card, head);
  const of = (name: string): Acquired => acquired.get(pathOf(name)) ?? { missing: 'unreadable' };
  const by =
    isSameCamera === true
      ? measuredAtCamera(ownedBy(names, of), comparison)
      : metric === undefined
        ? asCompared(comparison)
        : measuredBy(metric, comparison);
  const distances = pairs.map((pair) => distanceBetween(pair, of, by));
  const same = pairs.map((pair) => pair.same);
  const missing = names.flatMap((name): Missing[] => {
    const one = of(name);
    return 'missing' in one ? [{ name, reason: one.missing }] : [];
  });
  const measured = (isSame: boolean): Float32Array =>
    Float32Array.from(distances.filter((distance, i) => same[i] === isSame && !Number.isNaN(distance)));
  return {
    pack: card.name,
    digest: comparison.digest,
    head: comparison.head.kind,
    metric: by.declared?.name,
    has: by.declared?.has,
    pairs: pairs.length,
    mated: same.filter(Boolean).length,
    photos: paths.length,
    notAcquired: reasonsOf(missing),
    missing,
    worst: worstOf(pairs, distances),
    ...kFoldAccuracy(distances, same, FOLDS),
    spread: spreadOf(measured(true), measured(false)),
  };
}

/** @throws TwinstileError 'bad-arguments' for a photograph that is in no folder of a person. */
function ownedBy(names: readonly string[], of: (name: string) => Acquired): readonly OwnedVector[] {
  return names.flatMap((name) => {
    const person = path.dirname(name);
    if (person === '.')
      throw new TwinstileError({
        code: 'bad-arguments',
        message: `Expected with --same-camera paths of the form PERSON/FILE, got ${name}.`,
        hint: 'Put the photographs of each person into a folder, so that each counts once in the centre.',
      });
    const one = of(name);
    return 'missing' in one ? [] : [{ person, vector: one.embedding }];
  });
}

/** Projects the first of a pair for the template side. NaN, which never matches, where a photograph gave no vector: a failure to acquire is a failure. */
function distanceBetween(
  { a, b }: PhotoPair,
  of: (name: string) => Acquired,
  { template, live, measure }: Measured,
): number {
  const between = typeof measure === 'string' ? distanceOf[measure] : measure;
  const left = of(a);
  const right = of(b);
  return 'missing' in left || 'missing' in right
    ? Number.NaN
    : between(template(left.embedding), live(right.embedding));
}

function worstOf(pairs: readonly PhotoPair[], distances: readonly number[]): WorstPairs {
  const far = extremesOf('far', WORST);
  const near = extremesOf('near', WORST);
  pairs.forEach(({ same }, i) => {
    (same ? far : near).offer(distances[i] ?? Number.NaN, i, i);
  });
  const named = ({ a: place, distance }: { readonly a: number; readonly distance: number }) => ({
    a: pairs[place]?.a ?? '',
    b: pairs[place]?.b ?? '',
    distance,
  });
  return { mated: far.take().map(named), impostors: near.take().map(named) };
}
