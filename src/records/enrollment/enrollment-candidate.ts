import type { BadgeId } from '../../base/ids.js';
import type { PhotoResult } from '../../vision/ports/vision.js';
import type { Person } from '../people/person.js';

/** One photograph of one person. Several of one person each name all of the person's badges, or not. */
export interface EnrollmentCandidate {
  readonly person: Person;
  readonly badges: readonly BadgeId[];
  /** For the report. */
  readonly file: string;
  /** @throws when the file cannot be read: it is refused as unreadable. */
  readonly read: () => Promise<Uint8Array>;
}

/** Result of reading and encoding a photograph, before the enrollment rules. */
export type PreparedPhoto =
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
