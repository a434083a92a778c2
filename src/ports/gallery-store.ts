import type { BadgeId, ModelDigest, PersonId } from '../base/ids.js';
import type { GalleryChange, Person } from '../gallery/person.js';
import type { Snapshot } from '../gallery/snapshot.js';

export interface Enrolled {
  readonly person: Person;
  readonly badges: readonly BadgeId[];
  readonly templates: readonly {
    readonly digest: ModelDigest;
    readonly source: string;
    readonly createdAt: number;
  }[];
}

/** The durable gallery. */
export interface GalleryStore {
  version(): Promise<number>;
  /**
   * All changes in one transaction, in their order; the version rises by one (not for an empty list). `put-person` replaces
   * everything but badges and templates; `add-badge` takes the badge from whoever had it; removing what is not there is
   * nothing. @throws TwinstileError 'person-unknown' when a template or badge names nobody, 'gallery-changed' when a person or
   * badge is not as the change says it was seen.
   */
  apply(changes: readonly GalleryChange[]): Promise<void>;
  snapshot(digest: ModelDigest, dimension: number): Promise<Snapshot>;
  find(person: PersonId): Promise<Enrolled | undefined>;
  list(): Promise<readonly Enrolled[]>;
  holderOf(badge: BadgeId): Promise<PersonId | undefined>;
  /** Which of these photographs already gave a template of this digest. */
  known(digest: ModelDigest, sources: readonly string[]): Promise<ReadonlySet<string>>;
  /** The vectors themselves, for `people export`. */
  vectors(
    person: PersonId,
  ): Promise<
    readonly { readonly digest: ModelDigest; readonly source: string; readonly vector: Float32Array }[]
  >;
  close(): Promise<void>;
}
