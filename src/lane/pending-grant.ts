/** One who needs no face and comes while the gate is busy with somebody else: waits for it a moment. */

import type { Granted } from '../access/decision.js';
import { type Millis, type Monotonic, millis } from '../base/units.js';

export interface PendingGrants {
  /** Takes the place of whoever waited there. @returns whom that was. */
  seat(granted: Granted, now: Monotonic): Granted | undefined;
  /** Who has waited in vain. */
  tooLate(now: Monotonic): Granted | undefined;
  /** Whose turn it is. */
  next(): Granted | undefined;
}

/** Longer than a pulse and a walk; whoever still stands there presents the badge again. */
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
