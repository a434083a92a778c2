/** Objects to people and badges that may not pass: the checks of their records, before any access rule. */
import type { WallTime } from '../base/units.js';
import type { BadgeStanding } from '../records/people/gallery-store.js';
import type { Person } from '../records/people/person.js';
import type { PendingReason } from './decision-reasons.js';

/**
 * Why this badge opens for no one; nothing for one that has a holder, and for one that was never known here: only that may be a
 * visitor's.
 */
export function objectionToBadge({ kind }: BadgeStanding): PendingReason | undefined {
  switch (kind) {
    case 'held':
    case 'foreign':
      return undefined;
    case 'revoked':
      return 'badge-revoked';
    case 'removed':
      return 'badge-removed';
    case 'ambiguous':
      return 'badge-ambiguous';
  }
}

/** Why this person's face may not be compared: a withdrawn consent counts for the photograph in a document, too. */
export const objectionToComparison = (person: Person | undefined, now: WallTime): PendingReason | undefined =>
  objectionToHolder(person, now) ?? objectionTo(person, now);

/** Why a badge that needs no face does not open. No face is recognised, so no consent is needed. */
export function objectionToHolder(person: Person | undefined, now: WallTime): PendingReason | undefined {
  return person === undefined ? 'badge-unknown' : objectionToTime(person, now);
}

/** Why a person who was recognised may not pass; nothing when they may. @param person absent when no longer enrolled. */
export function objectionTo(person: Person | undefined, now: WallTime): PendingReason | undefined {
  if (person === undefined) return 'unknown';
  if (person.consent === undefined) return 'no-consent';
  // Fail closed: a clock that shows no number proves no consent.
  if (person.consent.until !== undefined && !(now < person.consent.until)) return 'consent-expired';
  return objectionToTime(person, now);
}

function objectionToTime(person: Person, now: WallTime): PendingReason | undefined {
  // Fail closed: a clock or a date that is no number keeps the gate shut.
  if (person.validFrom !== undefined && !(now >= person.validFrom)) return 'not-yet-valid';
  if (person.validUntil !== undefined && !(now < person.validUntil)) return 'expired';
  return undefined;
}
