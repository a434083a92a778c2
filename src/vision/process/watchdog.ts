import { type Millis, type Monotonic, millis } from '../../base/units.js';

export interface WatchdogLimits {
  /** A live camera without a frame for this long has stalled. */
  readonly stalled: Millis;
  /** Longest silence while models are loaded. */
  readonly loadingSilence: Millis;
  /** Longest silence from then on until the first picture of the camera, each time it is opened. */
  readonly openingSilence: Millis;
  /** Longest silence afterwards. */
  readonly silence: Millis;
}

type Phase = 'loading' | 'opening' | 'live';

export type Alarm =
  | { readonly kind: 'stalled' }
  | {
      readonly kind: 'silent';
      readonly phase: Phase;
      readonly limit: Millis;
      /** Time on top of the limit in which the process got no processor, in ms. */
      readonly starved: Millis;
    };

/** A machine that is busy for ever must not hide a hang for ever: so many limits are never exceeded. */
const MOST_EXCUSED = 3;
/** A process that answers is not looked into; in ms. */
const SUSPICIOUS = 1000;

/**
 * Detects a hang of a process from outside, because a native call that hangs stops everything inside.
 *
 * Time is counted in ticks that are capped: when this process itself was held up, the messages of that time are still
 * in the pipe, and a healthy process must not be killed for them. Time in which the process got no processor does not count either,
 * up to three times the limit.
 */
export class Watchdog {
  readonly #limits: WatchdogLimits;
  readonly #tick: Millis;
  readonly #starvedSince: () => number;
  #last: Monotonic;
  #silent = 0;
  #starved = 0;
  #frameless = 0;
  #phase: Phase = 'loading';

  /** @param starvedSince ms since its last call in which the process got no processor. */
  constructor(limits: WatchdogLimits, tick: Millis, now: Monotonic, starvedSince: () => number = () => 0) {
    this.#limits = limits;
    this.#tick = tick;
    this.#last = now;
    this.#starvedSince = starvedSince;
  }

  onMessage(): void {
    this.#silent = 0;
    this.#starved = 0;
  }

  onReady(): void {
    this.#phase = 'opening';
  }

  onFrame(): void {
    this.#frameless = 0;
    this.#phase = 'live';
  }

  onCamera(live: boolean): void {
    this.#frameless = 0;
    this.#phase = live ? 'live' : 'opening';
  }

  /** To be called each tick. @returns 'stalled' once for each standstill. */
  check(now: Monotonic): Alarm | undefined {
    const passed = Math.min(Math.max(0, now - this.#last), 2 * this.#tick);
    this.#last = now;
    const limit = this.#limit();
    this.#count(passed, limit);
    if (this.#silent > limit)
      return { kind: 'silent', phase: this.#phase, limit, starved: millis(this.#starved) };
    if (this.#phase !== 'live') return undefined;
    const before = this.#frameless;
    this.#frameless += passed;
    const { stalled } = this.#limits;
    return before <= stalled && this.#frameless > stalled ? { kind: 'stalled' } : undefined;
  }

  #count(passed: number, limit: Millis): void {
    const starved = this.#silent > SUSPICIOUS ? Math.min(passed, this.#starvedSince()) : 0;
    const excused = Math.min(starved, MOST_EXCUSED * limit - this.#starved);
    this.#starved += excused;
    this.#silent += passed - excused;
  }

  #limit(): Millis {
    const { loadingSilence, openingSilence, silence } = this.#limits;
    return { loading: loadingSilence, opening: openingSilence, live: silence }[this.#phase];
  }
}
