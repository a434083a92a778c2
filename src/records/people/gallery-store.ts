import type { BadgeId, ModelDigest, PersonId } from '../../base/ids.js';
import type { BadgeStanding } from './badge-standing.js';
import type { GalleryChange, Person } from './person.js';
import type { GallerySnapshot } from './snapshot.js';

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
   * everything but badges and templates; `add-badge` takes the badge from whoever had it, in
   * any spelling; a badge that is taken away leaves a tombstone, and `release-badge` removes that; removing what is not there is
   * nothing. @throws TwinstileError 'person-unknown' when a template or badge names nobody, 'gallery-changed' when a person or
   * badge is not as the change says it was seen, 'enrolment-refused' when a record would hold what no record may (see
   * record-rules.ts), or an id that means the same as another person's.
   */
  apply(changes: readonly GalleryChange[]): Promise<void>;
  snapshot(digest: ModelDigest, dimension: number): Promise<GallerySnapshot>;
  find(person: PersonId): Promise<Enrolled | undefined>;
  /** The id as it is stored of a person whose id means the same; undefined when there is none. */
  storedSpelling(person: PersonId): Promise<PersonId | undefined>;
  list(): Promise<readonly Enrolled[]>;
  /** Who holds the card, whichever way it is written, and may use it: nobody for one that is revoked or ambiguous. */
  holderOf(badge: BadgeId): Promise<PersonId | undefined>;
  /** What is known of a badge, of those too that nobody has. */
  standingOf(badge: BadgeId): Promise<BadgeStanding>;
  /** People whose ids mean the same (`Ada`, `ada`), from before that was refused; each list holds two or more. */
  idClashes(): Promise<readonly (readonly Person[])[]>;
  /** Which of these photographs already gave a template of this digest. */
  sourcesEncoded(digest: ModelDigest, sources: readonly string[]): Promise<ReadonlySet<string>>;
  /** The vectors themselves, without those of templates that are damaged: `find` names these too. */
  vectors(
    person: PersonId,
  ): Promise<
    readonly { readonly digest: ModelDigest; readonly source: string; readonly vector: Float32Array }[]
  >;
  close(): Promise<void>;
}
