/** Keeps the gallery in memory as each lane's head projects it, and reloads it when the durable one or a head changes, whichever process did that. */

import { setImmediate as otherWork } from 'node:timers/promises';
import { pause } from '../base/delay.js';
import { explain, TwinstileError } from '../base/errors.js';
import type { LaneId, PersonId } from '../base/ids.js';
import { millis } from '../base/units.js';
import { applyHeadToRows } from '../biometrics/head/apply-head.js';
import type { Comparison } from '../biometrics/head/comparison.js';
import { believes, type Reranker } from '../biometrics/reranker.js';
import type { GallerySnapshot, GalleryStore } from '../records/people/gallery-store.js';
import type { OpenSearch, TemplateSearch } from '../records/people/template-search.js';
import type { LaneGallery, SecondOpinion } from './decision/lane-gallery.js';

export interface LiveGallery {
  /** @param lane whose head is asked for; absent, or without one of its own: the configured comparison. */
  readonly current: (lane?: LaneId) => GalleryThrough;
  /**
   * From now on these people do not match any more.
   * @param version of the stored gallery without them: an older snapshot that is still being loaded is filtered, too.
   */
  withdraw(people: readonly PersonId[], version: number): void;
  /** Looks for changes until the signal aborts. */
  watch(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Heads that single lanes have in the place of the configured one. */
export interface LaneComparisons {
  /** Rises whenever `load` would give something else. */
  generation(): Promise<number>;
  load(): Promise<ReadonlyMap<LaneId, NamedComparison>>;
}

export interface NamedComparison {
  readonly comparison: Comparison;
  /** For monitoring of the lane. */
  readonly name: string;
}

export interface LiveGalleryDependencies {
  readonly store: GalleryStore;
  readonly openSearch: OpenSearch;
  /** Another head only projects again what is stored: no one is photographed again. */
  readonly comparison: Comparison;
  readonly lanes?: LaneComparisons;
  /** Finds the rows of a stored snapshot that open nothing. Absent: there are none. */
  readonly rowsAside?: (stored: GallerySnapshot) => Promise<NonNullable<LaneGallery['aside']>>;
  readonly onSwap?: (gallery: GalleryThrough) => void;
  /** The old gallery stays in use. */
  readonly onFault?: (detail: string) => void;
}

const CHECK_INTERVAL = millis(1000);
/** A search that began before the swap has ended by then. */
const OLD_LIVES = millis(2000);

/** Loaded together: what lanes compare with, and how. */
interface Loaded {
  readonly generation: number;
  readonly base: GalleryThrough;
  readonly ofLanes: ReadonlyMap<LaneId, GalleryThrough>;
}

/** @throws TwinstileError of the store when the first snapshot cannot be loaded. */
export async function openLiveGallery(dependencies: LiveGalleryDependencies): Promise<LiveGallery> {
  const { store, openSearch, comparison, lanes } = dependencies;
  const { trunk } = comparison;
  let withdrawn: readonly Withdrawn[] = [];
  const load = async (): Promise<Loaded> => {
    // Asked first: what changes while it is loaded is loaded again.
    const generation = (await lanes?.generation()) ?? 0;
    const own = (await lanes?.load()) ?? new Map<LaneId, NamedComparison>();
    const stored = await store.snapshot(trunk.digest, trunk.dimension);
    const aside = await dependencies.rowsAside?.(stored);
    withdrawn = withdrawn.filter(({ version }) => version > stored.version);
    const left = without(stored, withdrawn);
    const base = { ...(await galleryThrough(comparison, left, openSearch)), aside };
    const ofLanes = new Map<LaneId, GalleryThrough>();
    for (const [lane, { comparison: through, name }] of own)
      ofLanes.set(lane, { ...(await galleryThrough(through, left, openSearch)), head: name, aside });
    return { generation, base, ofLanes };
  };
  let current = await load();
  const withdrawFrom = ({ base, ofLanes, ...rest }: Loaded): Loaded => {
    const from = (gallery: GalleryThrough): GalleryThrough => ({
      ...gallery,
      snapshot: without(gallery.snapshot, withdrawn),
    });
    return {
      ...rest,
      base: from(base),
      ofLanes: new Map([...ofLanes].map(([lane, gallery]) => [lane, from(gallery)])),
    };
  };
  const swap = async (): Promise<void> => {
    const old = current;
    const next = await load();
    // People may have been withdrawn while it was loaded.
    current = withdrawFrom(next);
    dependencies.onSwap?.(current.base);
    await pause(OLD_LIVES);
    await closeAll(old);
  };
  const isOld = async (): Promise<boolean> =>
    (await store.version()) !== current.base.snapshot.version ||
    (lanes !== undefined && (await lanes.generation()) !== current.generation);
  return {
    current: (lane) => (lane === undefined ? undefined : current.ofLanes.get(lane)) ?? current.base,
    withdraw(people, version) {
      withdrawn = [...withdrawn, { people: new Set(people), version }];
      current = withdrawFrom(current);
    },
    async watch(signal) {
      let troubled = false;
      while (!signal.aborted) {
        await pause(CHECK_INTERVAL, signal);
        if (signal.aborted) return;
        try {
          if (await isOld()) await swap();
          troubled = false;
        } catch (error) {
          // A database that cannot be read for a while must not remove the gallery in memory.
          if (!troubled) dependencies.onFault?.(explain(error));
          troubled = true;
        }
      }
    },
    close: () => closeAll(current),
  };
}

async function closeAll({ base, ofLanes }: Loaded): Promise<void> {
  for (const { search } of [base, ...ofLanes.values()]) await search.close();
}

interface Withdrawn {
  readonly people: ReadonlySet<PersonId>;
  readonly version: number;
}

/** Their templates stay in the matrix, so that people who resemble them are still distinguished from them. */
function without(snapshot: GallerySnapshot, withdrawn: readonly Withdrawn[]): GallerySnapshot {
  if (withdrawn.length === 0) return snapshot;
  const left = [...snapshot.people].filter(([id]) => !withdrawn.some(({ people }) => people.has(id)));
  return { ...snapshot, people: new Map(left) };
}

/** A gallery with the comparison by which it is searched. */
export interface GalleryThrough extends LaneGallery {
  readonly comparison: Comparison;
}

/** Templates projected per turn of the event loop: about 3 ms of work behind a linear head of 128 numbers. */
const SLICE = 200;

/**
 * @param stored of trunk vectors; what is in it is not changed.
 * @returns a gallery whose search takes trunk vectors of live faces, as the encoder gives them, and whose snapshot holds
 * what they are compared with.
 * @throws TwinstileError 'gallery-unusable' for templates of another encoder.
 */
export async function galleryThrough(
  comparison: Comparison,
  stored: GallerySnapshot,
  openSearch: OpenSearch,
): Promise<GalleryThrough> {
  const snapshot = await projected(comparison, stored);
  const search = await openSearch(snapshot, comparison.metric);
  const { calibration, reranker } = comparison;
  return {
    comparison,
    snapshot,
    calibration,
    doubts: reranker === undefined ? undefined : secondOpinionBy(reranker, comparison, snapshot, search),
    search: {
      nearest: (probe) => search.nearest(comparison.live(probe)),
      closest: (probe, count) => search.closest(comparison.live(probe), count),
      against: (probe, person) => search.against(comparison.live(probe), person),
      templatesOf: (probe, person) => search.templatesOf(comparison.live(probe), person),
      close: () => search.close(),
    },
  };
}

/** The nearest few who are close enough go before the reranker, whose opinion is on the nearest. */
const secondOpinionBy =
  (
    reranker: Reranker,
    { live }: Comparison,
    { matrix, dimension }: GallerySnapshot,
    search: TemplateSearch,
  ): SecondOpinion =>
  async (probe, isClose) => {
    const compared = live(probe);
    const few = await search.closest(compared, reranker.candidates);
    const close = few
      .filter(({ distance }) => isClose(distance))
      .map(({ person, row }) => ({
        person,
        template: matrix.subarray(row * dimension, (row + 1) * dimension),
      }));
    return !believes(reranker, compared, close);
  };

async function projected(comparison: Comparison, stored: GallerySnapshot): Promise<GallerySnapshot> {
  const { trunk, head, digest, dimension } = comparison;
  if (stored.digest !== trunk.digest || stored.dimension !== trunk.dimension)
    throw new TwinstileError({
      code: 'gallery-unusable',
      message: `Expected templates of the encoder ${trunk.digest}, got some of ${stored.digest}.`,
      hint: 'Enroll again with the model pack that is configured.',
    });
  if (head.kind === 'identity') return stored;
  const rows = stored.owners.length;
  const matrix = new Float32Array(rows * dimension);
  for (let row = 0; row < rows; row += SLICE) {
    if (row > 0) await otherWork();
    const slice = stored.matrix.subarray(row * trunk.dimension, (row + SLICE) * trunk.dimension);
    matrix.set(applyHeadToRows(head, 'template', slice), row * dimension);
  }
  return { ...stored, digest, dimension, matrix };
}
