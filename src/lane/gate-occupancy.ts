/** Tracks whether the gate is free: a grant in progress, a person on the way through, grants worth another try, and a grant that waits. */
import type { Granted } from '../access/decision.js';
import { BoundedSet } from '../base/bounded-map.js';
import { type Millis, type Monotonic, millis, monotonic } from '../base/units.js';
import { mayHaveOpened } from './lane-access.js';
import type { LaneOutcome } from './lane-dependencies.js';

/** What follows from an outcome: nothing more, the same person at once, or the same person after the pulse. */
export type AfterGrant = 'done' | 'retry' | 'retry-later';

interface BusyRefusal {
  readonly grant: string;
  readonly granted: Granted;
  readonly until: Monotonic;
}

/** Grants whose two answers may come before the first one is acted on. */
const MAX_CONTRADICTED = 64;
/** After a failure that sent nothing the same person may be decided on again, but not thirty times a second. */
const RETRY_PAUSE = millis(1000);
const NEVER = monotonic(Number.NEGATIVE_INFINITY);

export class GateOccupancy {
  readonly #pulse: Millis;
  readonly #contradicted = new BoundedSet<string>(MAX_CONTRADICTED);
  /** Refused because the gate was busy: if that were false, a second grant would open for the same person twice. */
  readonly #refusedBusy: BusyRefusal[] = [];
  #isGranting = false;
  #busyUntil = NEVER;
  #openedFor: string | undefined;

  constructor(pulse: Millis) {
    this.#pulse = pulse;
  }

  isFree(now: Monotonic): boolean {
    return !this.#isGranting && now >= this.#busyUntil;
  }

  /** Runs one grant, during which the gate is not free. */
  async during<T>(grant: () => Promise<T>): Promise<T> {
    this.#isGranting = true;
    try {
      return await grant();
    } finally {
      this.#isGranting = false;
    }
  }

  settle(grant: string, granted: Granted, outcome: LaneOutcome, now: Monotonic): AfterGrant {
    const isDoubtful = 'unproven' in outcome || this.#contradicted.has(grant);
    // A gate that did not answer, or whose answer nothing proves, may have opened all the same.
    if (mayHaveOpened(outcome) || isDoubtful) this.#busyUntil = monotonic(now + this.#pulse);
    this.#openedFor = mayHaveOpened(outcome) ? grant : undefined;
    if (isDoubtful || !canTryAgain(outcome)) return 'done';
    this.#busyUntil = monotonic(now + RETRY_PAUSE);
    if (outcome.outcome !== 'refused') return 'retry';
    const until = monotonic(now + Math.max(this.#pulse, RETRY_PAUSE));
    this.#refusedBusy.push({ grant, granted, until });
    return 'retry-later';
  }

  /** Whether the same person, badge or track waits for another try. */
  isAwaitingRetry(granted: Granted): boolean {
    return this.#refusedBusy.some((one) => isSameHolder(one.granted, granted));
  }

  /** @returns the grants whose wait is over. */
  takeRetries(now: Monotonic): readonly Granted[] {
    const due: Granted[] = [];
    for (
      let [first] = this.#refusedBusy;
      first !== undefined && now >= first.until;
      [first] = this.#refusedBusy
    ) {
      due.push(first.granted);
      this.#refusedBusy.shift();
    }
    return due;
  }

  /** The person of this grant has passed. */
  passed(grant: string): void {
    if (grant === this.#openedFor) this.#busyUntil = NEVER;
  }

  /** Two different answers came to this grant: it is not known whether the gate opened, and it is not tried again. */
  contradict(grant: string): void {
    this.#contradicted.add(grant);
    const index = this.#refusedBusy.findIndex((one) => one.grant === grant);
    if (index !== -1) this.#refusedBusy.splice(index, 1);
  }

  isContradicted(grant: string): boolean {
    return this.#contradicted.has(grant);
  }
}

/** Only where it is certain that the gate did not open and will not, and where another try can succeed. */
function canTryAgain(outcome: LaneOutcome): boolean {
  return (
    (outcome.outcome === 'withdrawn' && !outcome.reason.startsWith('badge-')) ||
    outcome.outcome === 'journal-failed' ||
    (outcome.outcome === 'refused' && outcome.reason === 'busy' && outcome.unproven !== true)
  );
}

const isSameHolder = (one: Granted, other: Granted): boolean =>
  (one.person !== undefined && one.person === other.person) ||
  (one.badge !== undefined && one.badge === other.badge) ||
  (one.track !== undefined && one.track === other.track);

/** Holds a grant that needs no face while the gate is busy with another person. */
interface PendingGrants {
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
