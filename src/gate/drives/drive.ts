import type { GrantId } from '../../base/ids.js';
import type { Millis } from '../../base/units.js';
import type { Direction } from '../protocol/grant-bytes.js';

/** What moves the barrier. It closes by itself after the pulse: there is no verb that locks. */
export interface Drive {
  /**
   * Releases the gate for `pulse` ms. Resolves when the gate has moved, as far as the drive can detect. The actuator waits 1.5 s for
   * that; a drive that resolves later is answered later.
   * @throws TwinstileError 'gate-unusable' when the gate did not move.
   */
  open(pulse: Millis, about: { readonly grant: GrantId; readonly direction: Direction }): Promise<void>;
  /** Only of drives with a passage sensor: called for each person who walks through, and which way. */
  onWalked?(listener: (direction: Direction) => void): void;
  /** Lets go of the hardware; a release under way ends now or by itself. */
  close(): Promise<void>;
}
