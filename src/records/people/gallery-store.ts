/** The durable gallery: people, badges and templates, and the snapshot of it that is searched in memory. */
import type { BadgeId, ModelDigest, PersonId } from '../../base/ids.js';
import type { CaptureCondition } from '../../biometrics/conditions/capture-condition.js';
import type { GalleryChange, Person } from './person.js';

/** The gallery in memory, at one version and for one encoder: only people who gave consent and have a template of this digest. */
export interface GallerySnapshot {
  /** Rises with every change of the gallery. */
  readonly version: number;
  readonly digest: ModelDigest;
  readonly dimension: number;
  /** float32 [owners.length, dimension], row-major. */
  readonly matrix: Float32Array;
  /** Whose template each row is. */
  readonly owners: readonly PersonId[];
  /** Under which condition the face of each row was captured: [owners.length]. */
  readonly conditions: readonly CaptureCondition[];
  readonly people: ReadonlyMap<PersonId, Person>;
  /** Templates that are left out, because they are not as they were stored. */
  readonly damaged?: number;
}

/**
 * What is known of a badge. "Not found" is not "allowed": only a badge that never had a holder here may be a visitor's.
 * `badge` has its stored spelling when it has a holder.
 */
export type BadgeStanding =
  | { readonly kind: 'held'; readonly badge: BadgeId; readonly person: PersonId }
  /** The badge itself or its holder is revoked, or was when it was taken away. */
  | { readonly kind: 'revoked'; readonly badge: BadgeId; readonly person: PersonId | undefined }
  /** It had a holder, and has none now. */
  | { readonly kind: 'removed'; readonly badge: BadgeId }
  /** Several people have it in several spellings, from before spellings were compared: the holder is undecidable. */
  | { readonly kind: 'ambiguous'; readonly badge: BadgeId; readonly people: readonly PersonId[] }
  /** Never had a holder here. */
  | { readonly kind: 'foreign'; readonly badge: BadgeId };

export interface Enrolled {
  readonly person: Person;
  readonly badges: readonly BadgeId[];
  readonly templates: readonly {
    readonly digest: ModelDigest;
    readonly source: string;
    readonly createdAt: number;
    readonly condition: CaptureCondition;
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
