/** Holds in memory which disputed passages count now, for the lanes that are stricter because of them. */
import type { LaneId, PersonId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { LimitOf } from '../../lane/decision/lane-gallery.js';
import { type Dispute, inForce, limitsAt, type PersonLimit } from '../../records/disputes/dispute.js';
import type { DisputeStore } from '../../records/disputes/sqlite-disputes.js';
import type { GallerySnapshot, GalleryStore } from '../../records/people/gallery-store.js';

/** Rows of a snapshot that open nothing, by person. */
type RowsAside = ReadonlyMap<PersonId, ReadonlySet<number>>;

export interface DisputesInForce {
  /** Loads the disputes, and finds the rows of templates that were set aside. To be called for each snapshot. */
  rowsAside(stored: GallerySnapshot): Promise<RowsAside>;
  limitOf(lane: LaneId): LimitOf;
}

interface DisputesDependencies {
  readonly store: Pick<DisputeStore, 'list'>;
  readonly people: Pick<GalleryStore, 'vectors'>;
  readonly now: () => WallTime;
}

/** How long computed limits are used, in ms: a dispute may end a second late. */
const FRESH = 1000;

export function createDisputesInForce({ store, people, now }: DisputesDependencies): DisputesInForce {
  let loaded: readonly Dispute[] = [];
  const cached = new Map<
    LaneId,
    { readonly at: WallTime; readonly limits: ReadonlyMap<PersonId, PersonLimit> }
  >();
  const limitsNow = (lane: LaneId): ReadonlyMap<PersonId, PersonLimit> => {
    const at = now();
    const known = cached.get(lane);
    if (known !== undefined && at - known.at >= 0 && at - known.at < FRESH) return known.limits;
    const limits = limitsAt(lane, loaded, at);
    cached.set(lane, { at, limits });
    return limits;
  };
  return {
    async rowsAside(stored) {
      loaded = await store.list(now());
      cached.clear();
      const aside = new Map<PersonId, ReadonlySet<number>>();
      for (const [person, sources] of sourcesAside(inForce(loaded, now()))) {
        const rows = rowsOf(stored, person);
        const known = (await people.vectors(person)).filter(({ digest }) => digest === stored.digest);
        // Both lists are in the order of their sources. One that changed meanwhile is loaded again: until then no template
        // of the person opens anything.
        const isSame = known.length === rows.length;
        aside.set(
          person,
          new Set(rows.filter((_, place) => !isSame || sources.has(known[place]?.source ?? ''))),
        );
      }
      return aside;
    },
    limitOf: (lane) => (person) => {
      if (loaded.length === 0) return undefined;
      const limit = limitsNow(lane).get(person);
      if (limit?.identification === undefined && limit?.verification === undefined) return undefined;
      return { identification: limit.identification, verification: limit.verification };
    },
  };
}

/** Returns the sources of templates that these disputes set aside, by person. */
export function sourcesAside(disputes: readonly Dispute[]): ReadonlyMap<PersonId, ReadonlySet<string>> {
  const sources = new Map<PersonId, Set<string>>();
  for (const { person, remedy } of disputes)
    if (remedy.kind === 'set-aside')
      sources.set(person, new Set([...(sources.get(person) ?? []), ...remedy.sources]));
  return sources;
}

/** Finds the rows of one person, lowest first. */
export function rowsOf({ owners }: GallerySnapshot, person: PersonId): readonly number[] {
  const rows: number[] = [];
  for (let row = owners.indexOf(person); row !== -1; row = owners.indexOf(person, row + 1)) rows.push(row);
  return rows;
}
