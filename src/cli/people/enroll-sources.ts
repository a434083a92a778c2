/** Which photographs of whom does the command line name? */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { personId } from '../../base/ids.js';
import { MAX_NAME_LENGTH, readName } from '../../base/names.js';
import { systemReason } from '../../base/system-error.js';
import type { WallTime } from '../../base/units.js';
import { MAX_PHOTO_FILE, readPlainFile } from '../../platform/plain-file.js';
import type { EnrollmentCandidate } from '../../records/enrollment/enrollment-report.js';
import { type PassedOver, readPhotoFolder } from '../../records/enrollment/photo-folder.js';
import type { Consent, Person } from '../../records/people/person.js';
import { expectRecord, readConsentText } from '../../records/people/record-rules.js';
import { readBadge } from './badge-verb.js';
import { readEnrollmentList } from './enroll-csv.js';
import type { ListInstant } from './list-row.js';
import { expectValidity } from './validity.js';

export interface SourceOptions {
  readonly csv?: string;
  readonly person?: string;
  readonly name?: string;
  readonly badge?: readonly string[];
  readonly validFrom?: string;
  readonly validUntil?: string;
  readonly consentText?: string;
}

export interface EnrollSources {
  readonly candidates: readonly EnrollmentCandidate[];
  /** Of a folder: what no photograph was taken of, and why. */
  readonly passedOver: readonly PassedOver[];
}

/**
 * @param instant when consent was given, and whose days dates are.
 * @throws TwinstileError 'bad-arguments' before anything is enrolled.
 */
export async function candidatesFrom(
  photos: readonly string[],
  options: SourceOptions,
  instant: ListInstant,
): Promise<EnrollSources> {
  const { csv, consentText } = options;
  const consent = consentFrom(consentText, instant.now);
  if (csv !== undefined) {
    if (photos.length > 0 || options.person !== undefined) throw mixed('--csv alone');
    const rows = await readEnrollmentList(csv, consent, instant);
    const candidates = rows.map(({ photo, line, ...row }) => ({
      ...row,
      file: photo ?? `line ${line} of ${csv}`,
      read: photo === undefined ? undefined : () => readPhoto(photo),
      keepsRecord: true,
    }));
    return { candidates, passedOver: [] };
  }
  const [first] = photos;
  if (first === undefined) throw mixed('photographs, a folder, or --csv FILE');
  if (await isFolder(first)) {
    if (photos.length > 1 || options.person !== undefined || options.name !== undefined)
      throw mixed('one folder, without --person and --name');
    return fromFolder(first, consent);
  }
  return { candidates: fromPhotos(photos, options, consent, instant.zone), passedOver: [] };
}

async function fromFolder(folder: string, consent: Consent | undefined): Promise<EnrollSources> {
  const { photos, passedOver } = await readPhotoFolder(folder);
  const candidates = photos.map(({ person, path: file }) => ({
    person: {
      id: personId(person),
      name: person.replaceAll('_', ' '),
      consent,
    },
    badges: [],
    file,
    read: () => readPhoto(file),
  }));
  return { candidates, passedOver };
}

function fromPhotos(
  photos: readonly string[],
  options: SourceOptions,
  consent: Consent | undefined,
  zone: string,
): readonly EnrollmentCandidate[] {
  const { person: id, name } = options;
  if (id === undefined || name === undefined) throw mixed('--person ID and --name NAME with photographs');
  const { person, badges } = recordFrom({ ...options, person: id, name }, consent, zone);
  return photos.map((file) => ({ person, badges, file, read: () => readPhoto(path.resolve(file)) }));
}

/** Reads the record of one person from the command line. @throws TwinstileError 'bad-arguments'. */
export function recordFrom(
  {
    person,
    name,
    badge = [],
    validFrom,
    validUntil,
  }: SourceOptions & { readonly person: string; readonly name: string },
  consent: Consent | undefined,
  zone: string,
): Pick<EnrollmentCandidate, 'person' | 'badges'> {
  const read = readName(name);
  if (read.kind === 'refused')
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a name of 1 to ${MAX_NAME_LENGTH} characters that can be printed, got ${read.got}.`,
      hint: 'Correct --name, then run the same command again.',
    });
  const record: Person = {
    id: personId(person),
    name: read.name,
    consent,
    validFrom: validFrom === undefined ? undefined : expectValidity(validFrom, 'begin', zone, '--valid-from'),
    validUntil:
      validUntil === undefined ? undefined : expectValidity(validUntil, 'end', zone, '--valid-until'),
  };
  const badges = badge.map(readBadge);
  expectRecord({ person: record, badges });
  return { person: record, badges };
}

/** @throws TwinstileError 'bad-arguments' for an empty version, which would be consent to nothing. */
export function consentFrom(text: string | undefined, givenAt: WallTime): Consent | undefined {
  if (text === undefined) return undefined;
  const textVersion = readConsentText(text);
  if (textVersion !== undefined) return { textVersion, givenAt };
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected the version of the text that was agreed to, got ${JSON.stringify(text.slice(0, 64))}.`,
    hint: 'Name it, such as 2026-1; without consent leave the option out: people are stored then and do not match.',
  });
}

async function readPhoto(file: string): Promise<Uint8Array> {
  const refuse = (expected: string, got: string, hint = 'Name a file of one photograph, at most 64 MB.') =>
    new TwinstileError({ code: 'picture-unreadable', message: `Expected ${expected}, got ${got}.`, hint });
  try {
    return await readPlainFile(file, { maxBytes: MAX_PHOTO_FILE, refuse });
  } catch (error) {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    // A list from another system: here a backslash is a letter like others.
    const hint = path.basename(file).includes('\\') ? 'Write paths with / and not with \\.' : reason.todo;
    throw refuse(`a photograph at ${file}`, reason.got, hint);
  }
}

const isFolder = (name: string): Promise<boolean> =>
  stat(name).then(
    (found) => found.isDirectory(),
    // A photograph that is not there is refused in its turn.
    () => false,
  );

const mixed = (expected: string): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got something else.`,
    hint: 'Run: twinstile enroll --help',
  });
