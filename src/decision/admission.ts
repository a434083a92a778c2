import type { WallTime } from '../base/units.js';
import type { Person } from '../gallery/person.js';
import type { HoldReason } from './reasons.js';

/** Why a person who was recognised may not pass; nothing when they may. @param person absent when no longer enrolled. */
export function objectionTo(person: Person | undefined, now: WallTime): HoldReason | undefined {
  if (person === undefined) return 'unknown';
  if (person.consent === undefined) return 'no-consent';
  // Asked as proof, so that a clock or a date that is no number keeps the gate shut.
  if (person.validFrom !== undefined && !(now >= person.validFrom)) return 'not-yet-valid';
  if (person.validUntil !== undefined && !(now < person.validUntil)) return 'expired';
  return undefined;
}
