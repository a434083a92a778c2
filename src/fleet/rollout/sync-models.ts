/** Brings a device one step towards its release: fetch, install, examine, and mark as ready. Core switches. */

import { explain, TwinstileError } from '../../base/errors.js';
import { countPeople } from '../../base/plural.js';
import type { WallTime } from '../../base/units.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import type { PackExaminer, RolloutStore } from '../fleet-ports.js';
import {
  assessRelease,
  decodePairs,
  type ExaminationRules,
  type Examined,
  type PairPhoto,
} from '../releases/release-examination.js';
import type { Contents, Release, ReleaseFile } from '../releases/rollout-plan.js';
import {
  downloaded,
  dropped,
  nextStep,
  type ReleasedModels,
  type RolloutProgress,
  ready,
  rejected,
  rolledBack,
  waiting,
} from '../releases/rollout-state.js';
import { fetchBlob } from '../sync/fetch-blobs.js';
import {
  type FetchDependencies,
  fetchCard,
  fetchContents,
  fetchFile,
  fetchPlan,
  piecesOf,
} from './fetch-release.js';

/** Where packs and heads of releases lie on this device. */
export interface ReleaseStore {
  /** @throws TwinstileError 'pack-refused'. */
  readCard(text: string, pack: string): ModelCard;
  /** As a whole or not at all, checked. @throws TwinstileError 'pack-refused', and what `bytesOf` throws. */
  place(
    card: ModelCard,
    bytesOf: (file: string) => AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<void>;
  placeHead(sha256: string, bytes: Uint8Array): Promise<void>;
  /** @throws TwinstileError 'pack-unknown' | 'pack-missing' | 'pack-refused' | 'head-refused'. */
  comparisonOf(models: ReleasedModels | undefined): Promise<Comparison>;
  /** Takes away what no release that is named has use for. */
  sweep(keep: readonly ReleasedModels[]): Promise<void>;
}

export interface ModelsSyncDependencies extends FetchDependencies {
  /** Name of this box in the roll-out. */
  readonly device: string;
  readonly progress: RolloutStore;
  readonly store: ReleaseStore;
  readonly examiner: PackExaminer;
  /** Opens what was encrypted to the site. */
  readonly openPairs: (sealed: Uint8Array, signal?: AbortSignal) => Promise<Uint8Array>;
  readonly rules: ExaminationRules & {
    /** Largest share of people that may lose their face as a credential, 0..1, inclusive. */
    readonly maxLockedOut: number;
  };
  readonly now: () => WallTime;
  /** Gives people who were enrolled on this box templates of a placed release, from crops that it kept. */
  readonly reencode?: (models: ReleasedModels, signal?: AbortSignal) => Promise<void>;
}

/** What it may be that a release itself is broken, and not the way to it or the disk. */
const FAULTS_OF_RELEASE = [
  'pack-refused',
  'head-refused',
  'model-failed',
  'vision-failed',
  'vision-protocol',
];

/**
 * @returns what is stored after this step.
 * @throws TwinstileError 'fleet-refused' | 'fleet-unreachable' | 'stopped' | 'gallery-unusable': the next cycle goes on.
 */
export async function syncModels(
  dependencies: ModelsSyncDependencies,
  signal?: AbortSignal,
): Promise<RolloutProgress> {
  const { progress, device, now } = dependencies;
  const plan = await fetchPlan(dependencies, signal);
  const before = await progress.load();
  if (plan === undefined) return before;
  const step = nextStep(plan, device, before);
  if (step.step === 'return')
    return progress.change((current) => rolledBack(current, now(), 'the registrar took it back'));
  if (step.step === 'stay')
    return before.next === undefined ? before : cleanUp(dependencies, await progress.change(dropped));
  const { number } = step.release;
  try {
    return await advanceTo(dependencies, step.release, before, signal);
  } catch (error) {
    if (!(error instanceof TwinstileError)) throw error;
    if (error.code === 'pack-unknown' || error.code === 'pack-missing')
      // The pack was deleted: it is fetched again.
      return progress.change(dropped);
    if (!FAULTS_OF_RELEASE.includes(error.code) || isOfTheDisk(error)) throw error;
    return cleanUp(
      dependencies,
      await progress.change((current) => rejected(current, number, now(), explain(error))),
    );
  }
}

async function advanceTo(
  dependencies: ModelsSyncDependencies,
  release: Release,
  before: RolloutProgress,
  signal: AbortSignal | undefined,
): Promise<RolloutProgress> {
  const { progress, rules, now } = dependencies;
  const contents = await fetchContents(dependencies, release, signal);
  const models = modelsOf(release, contents);
  let current = before;
  if (current.next?.models.release !== release.number) {
    await place(dependencies, contents, signal);
    current = await progress.change((stored) => downloaded(stored, models));
  }
  const comparison = await dependencies.store.comparisonOf(models);
  if (current.next?.phase === 'placed') {
    const sealed = await fetchBlob(dependencies, contents.pairs, signal);
    const photos = decodePairs(await dependencies.openPairs(sealed, signal));
    const seen = await examined(dependencies, models.pack, photos, signal);
    const verdict = assessRelease(seen, comparison, rules);
    if (!verdict.good)
      return cleanUp(
        dependencies,
        await progress.change((stored) => rejected(stored, release.number, now(), verdict.reason)),
      );
    await dependencies.kept.clear();
    if ((await lockedOut(dependencies, comparison, current)) !== undefined)
      await dependencies.reencode?.(models, signal);
  }
  const why = await lockedOut(dependencies, comparison, current);
  return progress.change((stored) => (why === undefined ? ready(stored) : waiting(stored, why)));
}

/** Twice, if need be: a machine that was briefly out of memory is no fault of a release. */
async function examined(
  { examiner }: ModelsSyncDependencies,
  pack: string,
  photos: readonly PairPhoto[],
  signal: AbortSignal | undefined,
): Promise<Examined> {
  try {
    return await examiner.examine(pack, photos, signal);
  } catch (error) {
    if (!(error instanceof TwinstileError) || error.code !== 'vision-failed') throw error;
    return examiner.examine(pack, photos, signal);
  }
}

const modelsOf = ({ number, pack }: Release, { head }: Contents): ReleasedModels => ({
  release: number,
  pack,
  head: head?.sha256,
});

async function place(
  dependencies: ModelsSyncDependencies,
  contents: Contents,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { store } = dependencies;
  const card = await fetchCard(dependencies, contents, (text) => store.readCard(text, contents.pack), signal);
  const files = new Map<string, ReleaseFile>(contents.files.map((file) => [file.name, file]));
  await store.place(
    card,
    (name) => {
      const file = files.get(name);
      return file === undefined ? nothing() : piecesOf(dependencies, file, signal);
    },
    signal,
  );
  if (contents.head !== null)
    await store.placeHead(contents.head.sha256, await fetchFile(dependencies, contents.head, signal));
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** @returns why the switch has to wait. */
async function lockedOut(
  { store, progress, rules }: ModelsSyncDependencies,
  next: Comparison,
  { running }: RolloutProgress,
): Promise<string | undefined> {
  const { trunk } = await store.comparisonOf(running);
  if (trunk.digest === next.trunk.digest) return undefined;
  const { people, without } = await progress.coverage(trunk.digest, next.trunk.digest);
  if (people === 0 || without.length / people <= rules.maxLockedOut) return undefined;
  const some = without.slice(0, MAX_NAMED).join(', ');
  return `${without.length} of ${countPeople(people)} ${without.length === 1 ? 'has' : 'have'} no template for it and have to be enrolled again: ${some}${without.length > MAX_NAMED ? ', …' : ''}`;
}

const MAX_NAMED = 5;

async function cleanUp(
  { store, kept }: ModelsSyncDependencies,
  progress: RolloutProgress,
): Promise<RolloutProgress> {
  await kept.clear();
  const { running, previous, next } = progress;
  await store.sweep([running, previous, next?.models].flatMap((one) => one ?? []));
  return progress;
}

/** A full or read-only disk is no fault of the release. */
const isOfTheDisk = ({ cause }: TwinstileError): boolean => cause instanceof Error && 'syscall' in cause;
