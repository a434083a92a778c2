/** The gallery in memory, renewed whenever the durable one changes: by enrolment, by sync, by another process. */
import { explain } from '../base/errors.js';
import type { PersonId } from '../base/ids.js';
import { millis } from '../base/units.js';
import { pause } from '../base/waiting.js';
import type { Snapshot } from '../gallery/snapshot.js';
import { galleryThrough } from '../pipeline/lane/gallery-through.js';
import type { LaneGallery } from '../pipeline/lane/parts.js';
import type { GalleryStore } from '../ports/gallery-store.js';
import type { OpenSearch } from '../ports/search.js';
import type { Comparison } from '../siamese/head/comparison.js';

export interface LiveGallery {
  readonly current: () => LaneGallery;
  /**
   * These people do not match any more, from this moment on.
   * @param version of the stored gallery that says so too: a snapshot that was read before is held to it as well.
   */
  withdraw(people: readonly PersonId[], version: number): void;
  /** Looks for changes until the signal aborts. */
  watch(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface LiveGalleryParts {
  readonly store: GalleryStore;
  readonly openSearch: OpenSearch;
  /** Another head only projects again what is stored: nobody is photographed anew. */
  readonly comparison: Comparison;
  readonly onSwap?: (gallery: LaneGallery) => void;
  /** The old gallery stays in use. */
  readonly onTrouble?: (detail: string) => void;
}

const LOOK_EVERY = millis(1000);
/** A search that began before the swap has ended by then. */
const OLD_LIVES = millis(2000);

/** @throws TwinstileError of the store when the first snapshot cannot be loaded. */
export async function openLiveGallery(parts: LiveGalleryParts): Promise<LiveGallery> {
  const { store, openSearch, comparison } = parts;
  const { trunk } = comparison;
  let withdrawn: readonly Withdrawn[] = [];
  const load = async (): Promise<LaneGallery> => {
    const stored = await store.snapshot(trunk.digest, trunk.dimension);
    withdrawn = withdrawn.filter(({ version }) => version > stored.version);
    return galleryThrough(comparison, without(stored, withdrawn), openSearch);
  };
  let current = await load();
  const swap = async (): Promise<void> => {
    const old = current;
    const next = await load();
    // Whoever was withdrawn while it was loaded.
    current = { ...next, snapshot: without(next.snapshot, withdrawn) };
    parts.onSwap?.(current);
    await pause(OLD_LIVES);
    await old.search.close();
  };
  return {
    current: () => current,
    withdraw(people, version) {
      withdrawn = [...withdrawn, { people: new Set(people), version }];
      current = { ...current, snapshot: without(current.snapshot, withdrawn) };
    },
    async watch(signal) {
      let troubled = false;
      while (!signal.aborted) {
        await pause(LOOK_EVERY, signal);
        if (signal.aborted) return;
        try {
          if ((await store.version()) !== current.snapshot.version) await swap();
          troubled = false;
        } catch (error) {
          // A database that cannot be read at this moment must not take the gallery in memory away.
          if (!troubled) parts.onTrouble?.(explain(error));
          troubled = true;
        }
      }
    },
    close: () => current.search.close(),
  };
}

interface Withdrawn {
  readonly people: ReadonlySet<PersonId>;
  readonly version: number;
}

/** Their templates stay in the matrix: whoever is like them is still like them, and is told apart from others. */
function without(snapshot: Snapshot, withdrawn: readonly Withdrawn[]): Snapshot {
  if (withdrawn.length === 0) return snapshot;
  const left = [...snapshot.people].filter(([id]) => !withdrawn.some(({ people }) => people.has(id)));
  return { ...snapshot, people: new Map(left) };
}
