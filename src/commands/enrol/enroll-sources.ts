/** Which photographs of whom does the command line name? */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { photosByPerson } from '../../adapters/files/photo-folder.js';
import { TwinstileError } from '../../base/errors.js';
import { personId } from '../../base/ids.js';
import { MAX_NAME_LENGTH, readName } from '../../base/names.js';
import { MAX_PHOTO_FILE, readPlainFile } from '../../base/plain-file.js';
import type { WallTime } from '../../base/units.js';
import type { Consent, Person } from '../../gallery/person.js';
import { expectRecord, readConsentText } from '../../gallery/record-rules.js';
import type { Candidate } from '../../pipeline/enrol/candidate.js';
import { readBadge } from '../people/badge.js';
import { type ListMoment, readEnrolList } from './enroll-csv.js';
import { readFrom, readUntil } from './enroll-dates.js';

export interface SourceOptions {
  readonly csv?: string;
  readonly person?: string;
  readonly name?: string;
  readonly badge?: readonly string[];
  readonly validFrom?: string;
  readonly validUntil?: string;
  readonly consentText?: string;
}

/**
 * @param moment when consent was given, and whose days dates are.
 * @throws TwinstileError 'bad-arguments' before anything is enrolled.
 */
export async function candidatesFrom(
  photos: readonly string[],
  options: SourceOptions,
  moment: ListMoment,
): Promise<readonly Candidate[]> {
  const { csv, consentText } = options;
  const consent = consentFrom(consentText, moment.now);
  if (csv !== undefined) {
    if (photos.length > 0 || options.person !== undefined) throw mixed('--csv alone');
    const rows = await readEnrolList(csv, consent, moment);
    return rows.map(({ photo, ...row }) => ({ ...row, file: photo, read: () => readPhoto(photo) }));
  }
  const [first] = photos;
  if (first === undefined) throw mixed('photographs, a folder, or --csv FILE');
  if (await isFolder(first)) {
    if (photos.length > 1 || options.person !== undefined || options.name !== undefined)
      throw mixed('one folder, without --person and --name');
    return fromFolder(first, consent);
  }
  return fromPhotos(photos, options, consent, moment.zone);
}

async function fromFolder(folder: string, consent: Consent | undefined): Promise<readonly Candidate[]> {
  const photos = await photosByPerson(folder);
  return photos.map(({ person, path: file }) => ({
    person: {
      id: personId(person),
      name: person.replaceAll('_', ' '),
      ...(consent === undefined ? {} : { consent }),
    },
    badges: [],
    file,
    read: () => readPhoto(file),
  }));
}

function fromPhotos(
  photos: readonly string[],
  { person, name, badge = [], validFrom, validUntil }: SourceOptions,
  consent: Consent | undefined,
  zone: string,
): readonly Candidate[] {
  if (person === undefined || name === undefined) throw mixed('--person ID and --name NAME with photographs');
  const read = readName(name);
  if (read.kind === 'refused')
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a name of 1 to ${MAX_NAME_LENGTH} characters that can be printed, got ${read.got}.`,
      hint: 'Correct --name, then run the same command again.',
    });
  const whole: Person = {
    id: personId(person),
    name: read.name,
    ...(consent === undefined ? {} : { consent }),
    ...(validFrom === undefined ? {} : { validFrom: readFrom(validFrom, { where: '--valid-from', zone }) }),
    ...(validUntil === undefined
      ? {}
      : { validUntil: readUntil(validUntil, { where: '--valid-until', zone }) }),
  };
  const badges = badge.map(readBadge);
  expectRecord({ person: whole, badges });
  return photos.map((file) => ({ person: whole, badges, file, read: () => readPhoto(path.resolve(file)) }));
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
  const refuse = (expected: string, got: string) =>
    new TwinstileError({ code: 'picture-unreadable', message: `Expected ${expected}, got ${got}.` });
  return readPlainFile(file, { maxBytes: MAX_PHOTO_FILE, refuse });
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
