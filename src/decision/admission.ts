import type { WallTime } from '../base/units.js';
import type { Person } from '../gallery/person.js';
import type { HoldReason } from './reasons.js';

/** Why a badge that needs no face does not open: nobody is recognised, so nobody has to agree to it. */
export function objectionToHolder(person: Person | undefined, now: WallTime): HoldReason | undefined {
  return person === undefined ? 'badge-unknown' : objectionToTime(person, now);
}

/** Why a person who was recognised may not pass; nothing when they may. @param person absent when no longer enrolled. */
export function objectionTo(person: Person | undefined, now: WallTime): HoldReason | undefined {
  if (person === undefined) return 'unknown';
  if (person.consent === undefined) return 'no-consent';
  // Asked as proof, so that a clock that shows no number proves no consent.
  if (person.consent.until !== undefined && !(now < person.consent.until)) return 'consent-expired';
  return objectionToTime(person, now);
}

function objectionToTime(person: Person, now: WallTime): HoldReason | undefined {
  // Asked as proof, so that a clock or a date that is no number keeps the gate shut.
  if (person.validFrom !== undefined && !(now >= person.validFrom)) return 'not-yet-valid';
  if (person.validUntil !== undefined && !(now < person.validUntil)) return 'expired';
  return undefined;
}
