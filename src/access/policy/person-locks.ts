/** Locks a person to the lane that lets them through: no one is let in at two neighbouring lanes at once. */
import type { LaneId, PersonId } from '../../base/ids.js';
import type { Millis, Monotonic } from '../../base/units.js';

export interface PersonLocks {
  /** Whether no other lane has the person. */
  isFree(person: PersonId, lane: LaneId, now: Monotonic): boolean;
  /** The first lane wins, and may take the lock again. @returns whether `lane` now has the person. */
  take(person: PersonId, lane: LaneId, now: Monotonic): boolean;
  /** The gate did not open. Only the lane that has the lock can release it. */
  release(person: PersonId, lane: LaneId): void;
}

/** @param hold how long a lock lasts: as long as a person can be in view of two lanes, 0 or more. */
export function createPersonLocks(hold: Millis): PersonLocks {
  const held = new Map<PersonId, { readonly lane: LaneId; readonly at: Monotonic }>();
  const dropOld = (now: Monotonic) => {
    for (const [person, { at }] of held) if (now - at > hold) held.delete(person);
  };
  const isFree = (person: PersonId, lane: LaneId, now: Monotonic): boolean => {
    if (!Number.isFinite(now)) return false;
    dropOld(now);
    const claim = held.get(person);
    return claim === undefined || claim.lane === lane;
  };
  return {
    isFree,
    take(person, lane, now) {
      if (!isFree(person, lane, now)) return false;
      held.set(person, { lane, at: now });
      return true;
    },
    release(person, lane) {
      if (held.get(person)?.lane === lane) held.delete(person);
    },
  };
}
