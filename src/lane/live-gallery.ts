/** Keeps the gallery in memory, and reloads it whenever the durable one or a lane's head changes: by enrolment, by sync, by another process. */

import { pause } from '../base/delay.js';
import { explain } from '../base/errors.js';
import type { LaneId, PersonId } from '../base/ids.js';
import { millis } from '../base/units.js';
import type { Comparison } from '../biometrics/head/comparison.js';
import type { GalleryStore } from '../records/people/gallery-store.js';
import type { OpenSearch } from '../records/people/search/template-search.js';
import type { GallerySnapshot } from '../records/people/snapshot.js';
import { type GalleryThrough, galleryThrough } from './gallery-through.js';

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
    withdrawn = withdrawn.filter(({ version }) => version > stored.version);
    const left = without(stored, withdrawn);
    const base = await galleryThrough(comparison, left, openSearch);
    const ofLanes = new Map<LaneId, GalleryThrough>();
    for (const [lane, { comparison: through, name }] of own)
      ofLanes.set(lane, { ...(await galleryThrough(through, left, openSearch)), head: name });
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
