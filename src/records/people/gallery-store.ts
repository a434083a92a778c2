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

/** Looks people up in the durable gallery. */
interface PeopleLookup {
  find(person: PersonId): Promise<Enrolled | undefined>;
  list(): Promise<readonly Enrolled[]>;
  /** The stored spelling of an id that means the same; undefined when no person has such an id. */
  storedSpelling(person: PersonId): Promise<PersonId | undefined>;
  /** People whose ids mean the same (`Ada`, `ada`), from before that was refused; each list holds two or more. */
  idClashes(): Promise<readonly (readonly Person[])[]>;
}

/** Looks badges up, in any spelling of the number. */
interface BadgeLookup {
  /** Who holds the badge and may use it; undefined for one that is revoked or ambiguous. */
  holderOf(badge: BadgeId): Promise<PersonId | undefined>;
  /** What is known of a badge, also of one without a holder. */
  standingOf(badge: BadgeId): Promise<BadgeStanding>;
}

/** Reads templates. */
interface TemplateLookup {
  /** The photographs among these that already gave a template of this digest. */
  sourcesEncoded(digest: ModelDigest, sources: readonly string[]): Promise<ReadonlySet<string>>;
  /** The vectors themselves, without those of damaged templates: `find` lists these too. */
  vectors(
    person: PersonId,
  ): Promise<
    readonly { readonly digest: ModelDigest; readonly source: string; readonly vector: Float32Array }[]
  >;
  /** All templates of one encoder that may match, as one matrix. */
  snapshot(digest: ModelDigest, dimension: number): Promise<GallerySnapshot>;
}

/** The durable gallery. */
export interface GalleryStore extends PeopleLookup, BadgeLookup, TemplateLookup {
  version(): Promise<number>;
  /**
   * Applies all changes in one transaction, in their order; the version rises by one (not for an empty list). `put-person`
   * replaces everything but badges and templates; `add-badge` takes the badge from its holder, in any spelling; a badge that
   * is taken away leaves a tombstone, and `release-badge` removes that; removing what is not there has no effect.
   * @throws TwinstileError 'person-unknown' when a template or badge names a person who is not enrolled, 'gallery-changed'
   * when a person or badge is not as the change expects it, 'enrolment-refused' when a record would break the rules of
   * record-rules.ts, or an id means the same as another person's.
   */
  apply(changes: readonly GalleryChange[]): Promise<void>;
  close(): Promise<void>;
}
