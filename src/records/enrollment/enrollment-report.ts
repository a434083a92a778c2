/** The photographs that go into an enrollment, and the report of what became of them, with a sentence for each refused one. */
import type { BadgeId, PersonId } from '../../base/ids.js';
import type { CaptureCondition } from '../../biometrics/conditions/capture-condition.js';
import type { PhotoResult } from '../../vision/ports/vision.js';
import type { RefusalReason } from '../people/enrollment-rules.js';
import type { Person } from '../people/person.js';
import { MAX_BADGES, MAX_TEMPLATES } from '../people/record-rules.js';

/** One photograph of one person. Several of one person each name all of the person's badges, or not. */
export interface EnrollmentCandidate {
  readonly person: Person;
  readonly badges: readonly BadgeId[];
  /** For the report. */
  readonly file: string;
  /** Absent: a record without a photograph. @throws when the file cannot be read: it is refused as unreadable. */
  readonly read?: () => Promise<Uint8Array>;
  /** The record is stored also where the photograph is refused: a badge opens where one is enough. */
  readonly keepsRecord?: boolean;
  /** Where the face was captured; absent: on a photograph from elsewhere. */
  readonly condition?: CaptureCondition;
}

/** Result of reading and encoding a photograph, before the enrollment rules. */
export type PreparedPhoto =
  | { readonly kind: 'none' }
  /** `detail` is a sentence. */
  | { readonly kind: 'unreadable'; readonly detail: string }
  /** A template of this encoder came from the same bytes. */
  | { readonly kind: 'known'; readonly source: string; readonly crop?: Uint8Array }
  | {
      readonly kind: 'looked-at';
      readonly source: string;
      readonly result: PhotoResult;
      /** Of its face; absent where the site keeps none. */
      readonly crop?: Uint8Array;
    };

interface PhotoRefusal {
  readonly file: string;
  readonly person: string;
  readonly reason: RefusalReason;
  readonly sentence: string;
  /** What exactly is wrong with the file. */
  readonly detail?: string;
  /** The other person involved. */
  readonly other?: PersonId;
}

interface TakenPhoto {
  readonly file: string;
  readonly person: string;
  readonly outcome: 'accepted' | 'known';
}

export interface EnrollmentReport {
  readonly photos: number;
  /** Each photograph that was not refused, in their order. */
  readonly taken: readonly TakenPhoto[];
  /** Each is a new template. */
  readonly accepted: number;
  /** Photographs that had given their template before. */
  readonly known: number;
  readonly refusals: readonly PhotoRefusal[];
  /** People with at least one accepted or known photograph. */
  readonly people: number;
  /** Those of them who are stored but do not match. */
  readonly withoutConsent: readonly PersonId[];
  /** Ids of which no photograph was accepted, now or before, and nothing was stored. */
  readonly leftOut: readonly string[];
  /** Ids whose record is stored without a face. */
  readonly withoutFace: readonly string[];
  /** The signal aborted: the rest was not processed; the same command continues. */
  readonly stopped: boolean;
}

/** Collects the result of each photograph. */
export class EnrollmentTally {
  #accepted = 0;
  #known = 0;
  readonly #refusals: PhotoRefusal[] = [];
  readonly #taken: TakenPhoto[] = [];
  /** Whether each person gave consent. */
  readonly #people = new Map<PersonId, boolean>();
  /** Refused at least once, and not enrolled before. */
  readonly #refusedPeople = new Set<string>();
  /** Stored at least once without a photograph, and not enrolled before. */
  readonly #recordsOnly = new Set<string>();

  /** @param outcome 'known' where the photograph gave its template before. */
  take(person: PersonId, file: string, outcome: TakenPhoto['outcome'], consented: boolean): void {
    if (outcome === 'accepted') this.#accepted += 1;
    else this.#known += 1;
    this.#taken.push({ file, person, outcome });
    this.#people.set(person, consented);
  }

  /** @param enrolled whether the person had templates before this import. */
  refuse(refusal: Omit<PhotoRefusal, 'sentence'>, enrolled: boolean): void {
    const { person, reason, other, detail } = refusal;
    if (!enrolled) this.#refusedPeople.add(person);
    this.#refusals.push({ ...refusal, sentence: refusalSentence(reason, other, detail) });
  }

  /** @param enrolled whether the person had templates before this import. */
  keepRecord(person: PersonId, enrolled: boolean): void {
    if (!enrolled) this.#recordsOnly.add(person);
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
      taken: this.#taken,
      accepted,
      known,
      refusals: this.#refusals,
      people: this.#people.size,
      withoutConsent: [...this.#people].flatMap(([person, consented]) => (consented ? [] : [person])),
      leftOut: [...this.#refusedPeople].filter((id) => !here.has(id) && !this.#recordsOnly.has(id)),
      withoutFace: [...this.#recordsOnly].filter((id) => !here.has(id)),
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

const SENTENCES: Readonly<Record<RefusalReason, string>> = {
  'bad-person-id':
    'The person id is not one: use 1 to 64 letters (a-z), digits, dots, dashes or underscores, a letter or digit first.',
  unreadable:
    'The file is no photograph that can be read: use JPEG, PNG, BMP, WebP or HEIC of at most 64 MB.',
  'no-face':
    'No face was found: take one that shows the whole face from the front, or, where it stays covered, give the person a badge that suffices (badge_suffices).',
  'face-covered':
    'The face is covered (mask, scarf, hand or sunglasses), and covered faces cannot be told apart: take one that shows all of it, or, where it stays covered, give the person a badge that suffices (badge_suffices).',
  'several-faces': 'There are several faces of like size: cut the photo to the one person.',
  'too-small': 'The face is too small: take one that shows it larger.',
  'turned-away': 'The face is turned away: take one from the front.',
  tilted: 'The head is tilted: take one that is upright.',
  'not-upright': 'The face lies on its side or head: turn the photograph upright, and save it so.',
  blurred: 'The face is blurred: take a sharp one.',
  'too-dark': 'The face is too dark: take one in better light.',
  'too-bright': 'The face is burnt out: take one in softer light.',
  'at-the-edge': 'The face is cut off by the edge: take one that shows all of it.',
  'low-score': 'It is not sure that this is a face: take a clearer one.',
  'not-encoded': 'The face could not be encoded: take another photo.',
  'looks-like-another': 'It looks like somebody who is enrolled under another id',
  'unlike-own-photos': 'It does not look like the other photos of this person: check which of them is wrong.',
  'photo-of-another': 'The very same photo is enrolled for somebody else: check whose it is.',
  'badge-of-another': 'The badge belongs to somebody else: take it from that person first.',
  'badge-revoked': 'The badge is revoked: undo that first, or free the card with badge release.',
  'id-of-another': 'The id means the same as that of somebody who is enrolled',
  'bad-record': 'The record is none that may be stored: correct name, groups, dates or consent.',
  'too-many-photos': `There are ${MAX_TEMPLATES} photographs of this person already: three good ones are enough.`,
  'too-many-badges': `There are more than ${MAX_BADGES} badges of this person: take one back first.`,
};

/** States the problem and what to do. @param other the other person involved. @param detail what exactly is wrong with the file. */
export function refusalSentence(reason: RefusalReason, other?: string, detail?: string): string {
  if (reason === 'unreadable' && detail !== undefined) return detail;
  if (reason === 'id-of-another')
    return `${SENTENCES[reason]}${other === undefined ? '' : ` (${other})`}: write it so if that person is meant, else choose another.`;
  if (reason !== 'looks-like-another') return SENTENCES[reason];
  return `${SENTENCES[reason]}${other === undefined ? '' : ` (${other})`}: check whose photo it is.`;
}
