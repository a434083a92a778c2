/** Holds a grant that needs no face while the gate is busy with another person. */

import type { Granted } from '../access/decision.js';
import { type Millis, type Monotonic, millis } from '../base/units.js';

export interface PendingGrants {
  /** Takes the place of the grant that waited. @returns that one. */
  seat(granted: Granted, now: Monotonic): Granted | undefined;
  /** A grant that has waited too long. */
  tooLate(now: Monotonic): Granted | undefined;
  /** The grant that is next. */
  next(): Granted | undefined;
}

/** Longer than a pulse and a walk; a person who still waits presents the badge again. */
const PATIENCE: Millis = millis(5000);

export function createPendingGrants(): PendingGrants {
  let seat: { readonly granted: Granted; readonly since: Monotonic } | undefined;
  const rise = (): Granted | undefined => {
    const granted = seat?.granted;
    seat = undefined;
    return granted;
  };
  return {
    seat(granted, now) {
      const before = rise();
      seat = { granted, since: now };
      return before;
    },
    tooLate: (now) => (seat !== undefined && now - seat.since > PATIENCE ? rise() : undefined),
    next: rise,
  };
}
