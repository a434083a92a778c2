import type { BadgeId, ModelDigest, PersonId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';

/** The text a person agreed to. No consent, no match. */
export interface Consent {
  readonly textVersion: string;
  readonly givenAt: WallTime;
  /** Exclusive: from then on it has to be asked for again. Absent: until it is withdrawn. */
  readonly until?: WallTime;
}

export interface Person {
  readonly id: PersonId;
  readonly name: string;
  readonly consent?: Consent;
  /** Inclusive. */
  readonly validFrom?: WallTime;
  /** Exclusive. */
  readonly validUntil?: WallTime;
  /** Names of the access groups; absent for none. Those of the configuration come on top. */
  readonly groups?: readonly string[];
}

export interface Template {
  readonly person: PersonId;
  readonly digest: ModelDigest;
  /** SHA-256 of the photograph's bytes: the same photo enrolled twice is one template. */
  readonly source: string;
  readonly vector: Float32Array;
  readonly createdAt: WallTime;
}

/**
 * Applied all together or not at all. What the caller saw before may be said with it: `over` the stored person, `from` the
 * badge's holder, null for nobody. If somebody else was quicker, nothing is applied.
 */
export type GalleryChange =
  | { readonly kind: 'put-person'; readonly person: Person; readonly over?: Person | null }
  | { readonly kind: 'remove-person'; readonly person: PersonId }
  | { readonly kind: 'add-template'; readonly template: Template }
  | {
      readonly kind: 'add-badge';
      readonly badge: BadgeId;
      readonly person: PersonId;
      readonly from?: PersonId | null;
    }
  | { readonly kind: 'remove-badge'; readonly badge: BadgeId }
  /** A card that was somebody's may be a visitor's again. */
  | { readonly kind: 'release-badge'; readonly badge: BadgeId };

/** Whether somebody may be recognised at this moment. */
export const agrees = ({ consent }: Person, now: WallTime): boolean =>
  consent !== undefined && (consent.until === undefined || now < consent.until);
