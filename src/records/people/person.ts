/** A person of the gallery, their templates, and the changes that can be made to them. */
import { compact } from '../../base/compact.js';
import type { BadgeId, ModelDigest, PersonId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { CaptureCondition } from '../../biometrics/conditions/capture-condition.js';

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
  /** Where the face was captured; absent: not recorded. */
  readonly condition?: CaptureCondition;
}

/**
 * One change of a transaction. `over` (the stored person) and `from` (the badge's holder) are what the caller read before,
 * null for none: when another writer changed it meanwhile, nothing is applied.
 */
export type GalleryChange =
  | { readonly kind: 'put-person'; readonly person: Person; readonly over?: Person | null }
  | { readonly kind: 'remove-person'; readonly person: PersonId }
  | { readonly kind: 'add-template'; readonly template: Template }
  /** What is recorded of where a person's templates were captured: of those with one of these conditions. */
  | {
      readonly kind: 'set-condition';
      readonly person: PersonId;
      readonly condition: CaptureCondition;
      readonly instead: readonly CaptureCondition[];
    }
  | {
      readonly kind: 'add-badge';
      readonly badge: BadgeId;
      readonly person: PersonId;
      readonly from?: PersonId | null;
    }
  | { readonly kind: 'remove-badge'; readonly badge: BadgeId }
  /** A badge that had a holder may be a visitor's again. */
  | { readonly kind: 'release-badge'; readonly badge: BadgeId };

/** Whether the person's consent to recognition is in force. */
export const agrees = ({ consent }: Person, now: WallTime): boolean =>
  consent !== undefined && (consent.until === undefined || now < consent.until);

/** Merges a person's record: given fields replace stored ones, absent ones keep them. Consent to the same text keeps its date. */
export function mergePerson(stored: Person | undefined, given: Person): Person {
  if (stored === undefined) return given;
  return { ...stored, ...compact(given), consent: mergeConsent(stored.consent, given.consent) };
}

function mergeConsent(stored: Consent | undefined, given: Consent | undefined): Consent | undefined {
  if (given === undefined || given.textVersion === stored?.textVersion) return stored;
  return given;
}

export function samePerson(a: Person, b: Person): boolean {
  return (
    a.id === b.id &&
    a.name === b.name &&
    a.validFrom === b.validFrom &&
    a.validUntil === b.validUntil &&
    (a.groups ?? []).join(' ') === (b.groups ?? []).join(' ') &&
    a.consent?.textVersion === b.consent?.textVersion &&
    a.consent?.givenAt === b.consent?.givenAt
  );
}
