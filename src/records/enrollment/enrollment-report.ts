/** How did an import go, and what is to be done about the rest? */
import type { PersonId } from '../../base/ids.js';
import type { RefusalReason } from '../people/enrollment-rules.js';
import { refusalSentence } from '../people/refusal-sentences.js';

export interface PhotoRefusal {
  readonly file: string;
  readonly person: string;
  readonly reason: RefusalReason;
  readonly sentence: string;
  /** What exactly is wrong with the file. */
  readonly detail?: string;
  /** Whom it is mixed up with. */
  readonly other?: PersonId;
}

export interface EnrollmentReport {
  readonly photos: number;
  /** Each is a new template. */
  readonly accepted: number;
  /** Photographs that had given their template before. */
  readonly known: number;
  readonly refusals: readonly PhotoRefusal[];
  /** People with at least one accepted or known photograph. */
  readonly people: number;
  /** Those of them who are stored but do not match. */
  readonly withoutConsent: readonly PersonId[];
  /** Ids of which no photograph was accepted, now or before. */
  readonly leftOut: readonly string[];
  /** Somebody asked to stop: the rest was not looked at, and can be had by the same command again. */
  readonly stopped: boolean;
}

/** Collects what becomes of each photograph. */
export class EnrollmentTally {
  #accepted = 0;
  #known = 0;
  readonly #refusals: PhotoRefusal[] = [];
  /** Whether each person gave consent. */
  readonly #people = new Map<PersonId, boolean>();
  /** Refused at least once, and not enrolled before. */
  readonly #refusedPeople = new Set<string>();

  accept(person: PersonId, consented: boolean): void {
    this.#accepted += 1;
    this.#people.set(person, consented);
  }

  alreadyKnown(person: PersonId, consented: boolean): void {
    this.#known += 1;
    this.#people.set(person, consented);
  }

  /** @param enrolled whether the person had templates before this import. */
  refuse(refusal: Omit<PhotoRefusal, 'sentence'>, enrolled: boolean): void {
    const { person, reason, other, detail } = refusal;
    if (!enrolled) this.#refusedPeople.add(person);
    this.#refusals.push({ ...refusal, sentence: refusalSentence(reason, other, detail) });
  }

  get progress(): EnrollmentProgress {
    const [accepted, known, refused] = [this.#accepted, this.#known, this.#refusals.length];
    return { done: accepted + known + refused, accepted, known, refused };
  }

  report(stopped: boolean): EnrollmentReport {
    const { done, accepted, known } = this.progress;
    const here = new Set<string>(this.#people.keys());
    return {
      photos: done,
      accepted,
      known,
      refusals: this.#refusals,
      people: this.#people.size,
      withoutConsent: [...this.#people].flatMap(([person, consented]) => (consented ? [] : [person])),
      leftOut: [...this.#refusedPeople].filter((person) => !here.has(person)),
      stopped,
    };
  }
}

export interface EnrollmentProgress {
  readonly done: number;
  readonly accepted: number;
  readonly known: number;
  readonly refused: number;
}
