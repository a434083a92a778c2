import type { Millis, Monotonic } from '../../base/units.js';

export interface WatchdogLimits {
  /** A live camera without a frame for this long has stalled. */
  readonly stalled: Millis;
  /** Longest silence while models are loaded or the camera is opened. */
  readonly openingSilence: Millis;
  /** Longest silence afterwards. */
  readonly silence: Millis;
}

export type Alarm = 'stalled' | 'silent';

/**
 * Detects a hang of a process from outside, because a native call that hangs stops everything inside.
 *
 * Time is counted in ticks that are capped: when this process itself was held up, the messages of that time are still
 * in the pipe, and a healthy process must not be killed for them.
 */
export class Watchdog {
  readonly #limits: WatchdogLimits;
  readonly #tick: Millis;
  #last: Monotonic;
  #silent = 0;
  #frameless = 0;
  #live = false;

  constructor(limits: WatchdogLimits, tick: Millis, now: Monotonic) {
    this.#limits = limits;
    this.#tick = tick;
    this.#last = now;
  }

  onMessage(): void {
    this.#silent = 0;
  }

  onFrame(): void {
    this.#frameless = 0;
    this.#live = true;
  }

  onCamera(live: boolean): void {
    this.#frameless = 0;
    this.#live = live;
  }

  /** To be called each tick. @returns 'stalled' once for each standstill. */
  check(now: Monotonic): Alarm | undefined {
    const passed = Math.min(Math.max(0, now - this.#last), 2 * this.#tick);
    this.#last = now;
    this.#silent += passed;
    const limit = this.#live ? this.#limits.silence : this.#limits.openingSilence;
    if (this.#silent > limit) return 'silent';
    if (!this.#live) return undefined;
    const before = this.#frameless;
    this.#frameless += passed;
    const { stalled } = this.#limits;
    return before <= stalled && this.#frameless > stalled ? 'stalled' : undefined;
  }
}
