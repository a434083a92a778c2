/** Holds the badge that waits for a face, and the badge of the last grant until its outcome is known. */

import type { Refused } from '../../access/decision.js';
import type { VerificationRules } from '../../access/lane-rules.js';
import { type Claim, isOpenClaim } from '../../access/verify.js';
import type { BadgeId } from '../../base/ids.js';
import type { Monotonic } from '../../base/units.js';

/** What a subject was refused or barred with: the id of a badge read, or 'face' where no badge is claimed. */
export const evidenceKey = (claim: Claim | undefined): string => claim?.read ?? 'face';

export class BadgeClaims {
  readonly #verification: VerificationRules | undefined;
  #current: Claim | undefined;
  /** Valid again if the gate did not open. */
  #spent: Claim | undefined;

  constructor(verification: VerificationRules | undefined) {
    this.#verification = verification;
  }

  get current(): Claim | undefined {
    return this.#current;
  }

  /** Takes the place of the badge before. */
  present(claim: Claim): void {
    this.#current = claim;
  }

  /** @returns the refusal of a badge that no face followed in time. */
  expire(now: Monotonic): readonly Refused[] {
    const claim = this.#current;
    if (claim === undefined || this.#verification === undefined) return [];
    if (isOpenClaim(claim, now, this.#verification)) return [];
    this.#current = undefined;
    const { badge, person } = claim;
    return [
      { verdict: 'refused', reason: 'badge-face-timeout', mode: 'verification', badge, person, frames: 0 },
    ];
  }

  /** A refusal used the badge up. */
  discard(): void {
    this.#current = undefined;
  }

  /** A grant used the badge up. */
  spend(): void {
    this.#spent = this.#current;
    this.#current = undefined;
  }

  /** The gate did not open: the badge of the last grant counts again, unless another was presented. */
  restore(badge: BadgeId | undefined): void {
    if (badge !== undefined && this.#spent?.badge === badge) this.#current ??= this.#spent;
    this.#spent = undefined;
  }

  /** The last grant is over. @returns the key of its badge. */
  forgetSpent(): string {
    const key = evidenceKey(this.#spent);
    this.#spent = undefined;
    return key;
  }
}
