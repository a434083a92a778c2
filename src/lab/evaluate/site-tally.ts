/**
 * Counts looks, attempts and transactions as ISO/IEC 19795-1 keeps them apart: a look is one frame, an attempt one clip, a
 * transaction the clips that one person has to be let in by.
 */
import { type Rate, rateOf } from '../../biometrics/statistics/clopper-pearson.js';

/** What became of one clip. */
export interface SiteOutcome {
  /** Whom the gate opened for, in order. */
  readonly letInAs: readonly string[];
  /** Who each look alone is taken for; undefined for no person. */
  readonly looks: readonly (string | undefined)[];
}

/** Who is in front of the camera. */
export interface SiteProbe {
  readonly trial: number;
  readonly person: string;
  /** Whether this person is the one who may be let in: enrolled, or the badge's holder. */
  readonly isEnrolled: boolean;
  /** Whose badge was presented; absent: none was. */
  readonly holder?: string;
}

/** Shares that were let in, with the interval of Clopper and Pearson as if each were another person's. */
export interface LetIn {
  readonly looks: Rate;
  readonly attempts: Rate;
  readonly transactions: Rate;
  /** People who were let in at least once. */
  readonly people: Rate;
}

export interface RuleRates {
  /** Of those who are not enrolled, or who carry another's badge. */
  readonly strangers: LetIn;
  /** As themselves, and only so. */
  readonly enrolled: LetIn;
  /** Attempts of the enrolled that opened for another person. */
  readonly mistaken: Rate;
  /** Clips without one look that was good enough to be compared. */
  readonly notAcquired: Rate;
}

interface Side {
  readonly looks: Counter;
  readonly attempts: Counter;
  readonly transactions: Map<string, { tries: number; isIn: boolean }>;
  readonly people: Map<string, boolean>;
}

interface Counter {
  hits: number;
  of: number;
}

export class SiteTally {
  readonly #attempts: number;
  readonly #strangers = newSide();
  readonly #enrolled = newSide();
  readonly #mistaken: Counter = { hits: 0, of: 0 };
  readonly #notAcquired: Counter = { hits: 0, of: 0 };

  /** @param attempts that a transaction may take, 1 or more. */
  constructor(attempts: number) {
    this.#attempts = attempts;
  }

  add({ trial, person, isEnrolled, holder }: SiteProbe, { letInAs, looks }: SiteOutcome): void {
    const side = isEnrolled ? this.#enrolled : this.#strangers;
    const isOther = letInAs.some((name) => name !== person);
    const isIn = letInAs.length > 0 && !(isEnrolled && isOther);
    for (const name of looks) count(side.looks, isEnrolled ? name === person : name !== undefined);
    count(side.attempts, isIn);
    const key = JSON.stringify([trial, person, holder ?? null]);
    const { tries, isIn: before } = side.transactions.get(key) ?? { tries: 0, isIn: false };
    if (tries < this.#attempts) side.transactions.set(key, { tries: tries + 1, isIn: before || isIn });
    side.people.set(person, isIn || side.people.get(person) === true);
    if (isEnrolled) count(this.#mistaken, isOther);
    count(this.#notAcquired, looks.length === 0);
  }

  get rates(): RuleRates {
    return {
      strangers: letInOf(this.#strangers),
      enrolled: letInOf(this.#enrolled),
      mistaken: rateOf(this.#mistaken.hits, this.#mistaken.of),
      notAcquired: rateOf(this.#notAcquired.hits, this.#notAcquired.of),
    };
  }
}

const newSide = (): Side => ({
  looks: { hits: 0, of: 0 },
  attempts: { hits: 0, of: 0 },
  transactions: new Map(),
  people: new Map(),
});

function count(counter: Counter, isHit: boolean): void {
  counter.of += 1;
  counter.hits += Number(isHit);
}

function letInOf({ looks, attempts, transactions, people }: Side): LetIn {
  const shareOf = (all: readonly boolean[]): Rate => rateOf(all.filter((isIn) => isIn).length, all.length);
  return {
    looks: rateOf(looks.hits, looks.of),
    attempts: rateOf(attempts.hits, attempts.of),
    transactions: shareOf([...transactions.values()].map(({ isIn }) => isIn)),
    people: shareOf([...people.values()]),
  };
}
