/** The gallery in memory, renewed whenever the durable one changes: by enrolment, by sync, by another process. */
import { explain } from '../base/errors.js';
import type { ModelDigest } from '../base/ids.js';
import { millis } from '../base/units.js';
import { pause } from '../base/waiting.js';
import type { LaneGallery } from '../pipeline/lane-parts.js';
import type { GalleryStore } from '../ports/gallery-store.js';
import type { OpenSearch } from '../ports/search.js';
import type { EncoderCard } from '../siamese/card.js';

export interface LiveGallery {
  readonly current: () => LaneGallery;
  /** Looks for changes until the signal aborts. */
  watch(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface LiveGalleryParts {
  readonly store: GalleryStore;
  readonly openSearch: OpenSearch;
  readonly digest: ModelDigest;
  readonly encoder: EncoderCard;
  readonly onSwap?: (gallery: LaneGallery) => void;
  /** The old gallery stays in use. */
  readonly onTrouble?: (detail: string) => void;
}

const LOOK_EVERY = millis(1000);
/** A search that began before the swap has ended by then. */
const OLD_LIVES = millis(2000);

/** @throws TwinstileError of the store when the first snapshot cannot be loaded. */
export async function openLiveGallery(parts: LiveGalleryParts): Promise<LiveGallery> {
  const { store, openSearch, digest, encoder } = parts;
  const load = async (): Promise<LaneGallery> => {
    const snapshot = await store.snapshot(digest, encoder.dimension);
    return { snapshot, search: await openSearch(snapshot, encoder.metric) };
  };
  let current = await load();
  const swap = async (): Promise<void> => {
    const old = current;
    current = await load();
    parts.onSwap?.(current);
    await pause(OLD_LIVES);
    await old.search.close();
  };
  return {
    current: () => current,
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
