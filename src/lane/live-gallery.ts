/** Keeps the gallery in memory as each lane's head projects it, and reloads it when the durable one or a head changes, whichever process did that. */

import { pause } from '../base/delay.js';
import { explain } from '../base/errors.js';
import type { LaneId, PersonId } from '../base/ids.js';
import { millis } from '../base/units.js';
import { LIGHTS, type Light } from '../biometrics/conditions/capture-condition.js';
import type { Comparison } from '../biometrics/head/comparison.js';
import type { GallerySnapshot, GalleryStore } from '../records/people/gallery-store.js';
import type { OpenSearch } from '../records/people/template-search.js';
import type { LaneGallery } from './decision/lane-gallery.js';
import { type GalleryThrough, galleryFor, type LiveSide, prepareGallery } from './gallery-through.js';

export interface LiveGallery {
  /**
   * @param lane whose head and camera are asked for; absent, or unknown: the configured comparison, of no camera.
   * @param light that the camera's picture shows; colour when absent.
   */
  readonly current: (lane?: LaneId, light?: Light) => GalleryThrough;
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

/** What is known of each lane's camera, by light. */
export interface LaneCameras {
  /** Another text whenever `load` would give something else. */
  generation(): string;
  load(): Promise<ReadonlyMap<LaneId, Readonly<Record<Light, LiveSide>>>>;
}

export interface LiveGalleryDependencies {
  readonly store: GalleryStore;
  readonly openSearch: OpenSearch;
  /** Another head only projects again what is stored: no one is photographed again. */
  readonly comparison: Comparison;
  readonly lanes?: LaneComparisons;
  /** Finds the rows of a stored snapshot that open nothing. Absent: there are none. */
  readonly rowsAside?: (stored: GallerySnapshot) => Promise<NonNullable<LaneGallery['aside']>>;
  /** Absent: no lane's camera is known, and its live side stays raw. */
  readonly cameras?: LaneCameras;
  readonly onSwap?: (gallery: GalleryThrough) => void;
  /** The old gallery stays in use. */
  readonly onFault?: (detail: string) => void;
}

const CHECK_INTERVAL = millis(1000);
/** A search that began before the swap has ended by then. */
const OLD_LIVES = millis(2000);

/** Loaded together: what lanes compare with, and how. */
interface Loaded {
  readonly generation: string;
  readonly base: GalleryThrough;
  readonly ofLanes: ReadonlyMap<LaneId, Readonly<Record<Light, GalleryThrough>>>;
}

/** @throws TwinstileError of the store when the first snapshot cannot be loaded. */
export async function openLiveGallery(dependencies: LiveGalleryDependencies): Promise<LiveGallery> {
  const { store, comparison, lanes, cameras } = dependencies;
  const { trunk } = comparison;
  let withdrawn: readonly Withdrawn[] = [];
  const generationNow = async (): Promise<string> =>
    `${(await lanes?.generation()) ?? 0} ${cameras?.generation() ?? ''}`;
  const load = async (): Promise<Loaded> => {
    // Asked first: what changes while it is loaded is loaded again.
    const generation = await generationNow();
    const own = (await lanes?.load()) ?? new Map<LaneId, NamedComparison>();
    const sides = (await cameras?.load()) ?? new Map<LaneId, Readonly<Record<Light, LiveSide>>>();
    const stored = await store.snapshot(trunk.digest, trunk.dimension);
    const aside = await dependencies.rowsAside?.(stored);
    withdrawn = withdrawn.filter(({ version }) => version > stored.version);
    const left = without(stored, withdrawn);
    return { generation, ...(await galleriesOf(left, own, sides, { ...dependencies, aside })) };
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
      ofLanes: new Map(
        [...ofLanes].map(([lane, { color, infrared }]) => [
          lane,
          { color: from(color), infrared: from(infrared) },
        ]),
      ),
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
    (await generationNow()) !== current.generation;
  return {
    current: (lane, light = 'color') =>
      (lane === undefined ? undefined : current.ofLanes.get(lane))?.[light] ?? current.base,
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

interface GalleryParts extends Pick<LiveGalleryDependencies, 'comparison' | 'openSearch'> {
  readonly aside: LaneGallery['aside'];
}

/** Lanes without a head of their own share the configured one's matrix. */
async function galleriesOf(
  stored: GallerySnapshot,
  heads: ReadonlyMap<LaneId, NamedComparison>,
  sides: ReadonlyMap<LaneId, Readonly<Record<Light, LiveSide>>>,
  { comparison, openSearch, aside }: GalleryParts,
): Promise<Pick<Loaded, 'base' | 'ofLanes'>> {
  const own = new Set([...sides.values()].flatMap((side) => LIGHTS.map((light) => side[light].condition)));
  const configured = await prepareGallery(comparison, stored, openSearch, own);
  const base = { ...(await galleryFor(configured)), aside };
  const ofLanes = new Map<LaneId, Readonly<Record<Light, GalleryThrough>>>();
  for (const lane of new Set([...heads.keys(), ...sides.keys()])) {
    const head = heads.get(lane);
    const prepared =
      head === undefined ? configured : await prepareGallery(head.comparison, stored, openSearch, own);
    const inLight = async (light: Light): Promise<GalleryThrough> => ({
      ...(await galleryFor(prepared, sides.get(lane)?.[light])),
      head: head?.name,
      aside,
    });
    ofLanes.set(lane, { color: await inLight('color'), infrared: await inLight('infrared') });
  }
  return { base, ofLanes };
}

async function closeAll({ base, ofLanes }: Loaded): Promise<void> {
  const all = [...ofLanes.values()].flatMap((byLight) => LIGHTS.map((light) => byLight[light]));
  for (const { search } of [base, ...all]) await search.close();
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
