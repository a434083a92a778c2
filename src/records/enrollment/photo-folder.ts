/** Finds the photographs of people in a folder, for enrollment, and reports what was skipped. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { systemReason } from '../../base/system-error.js';
import { openPlainFile } from '../../platform/plain-file.js';

interface FiledPhoto {
  /** Name of the subfolder. */
  readonly person: string;
  /** Absolute. */
  readonly path: string;
}

/** An entry that was skipped, reported so that no person is left out silently. */
export interface PassedOver {
  /** Of the entry in the folder. */
  readonly name: string;
  /** Whether no photograph of it was taken. */
  readonly isWhole: boolean;
  /** Sentences: why, and what to do. */
  readonly why: string;
}

interface PhotoFolder {
  readonly photos: readonly FiledPhoto[];
  readonly passedOver: readonly PassedOver[];
}

/** Pictures that are none of those that can be decoded. */
const OTHER_PICTURE =
  /\.(hei[cf]s?|hif|avif|jxl|jp2|j2k|jpx|tiff?|gif|svg|psd|dng|cr[23w]|nef|arw|rw2|orf|raf|pef|srw)$/i;
/** Of operating systems, shares and synchronisation: no person is called so. Names with a dot or an @ before them are not looked at either. */
const SYSTEM_ENTRY =
  /^([.@]|#recycle$|#snapshot$|__MACOSX$|lost\+found$|\$RECYCLE\.BIN$|System Volume Information$|Thumbs\.db$|desktop\.ini$)/i;
const MAX_NAMED = 3;

/**
 * Photographs in a folder with one subfolder for each person, in natural order.
 * @throws TwinstileError 'bad-arguments' when there is no such folder, no photograph in it, or a subfolder that cannot be read.
 */
export async function photosByPerson(folder: string): Promise<readonly FiledPhoto[]> {
  const { photos, locked } = await lookThrough(folder);
  if (locked !== undefined)
    throw unfit(folder, `a subfolder that cannot be read: ${locked.name}. ${locked.why}`);
  return photos;
}

/**
 * As `photosByPerson`, and reports what was skipped: one unreadable folder leaves one person out.
 * @throws TwinstileError 'bad-arguments' when there is no such folder, or no photograph in it.
 */
export const readPhotoFolder = (folder: string): Promise<PhotoFolder> => lookThrough(folder);

async function lookThrough(
  folder: string,
): Promise<PhotoFolder & { readonly locked: PassedOver | undefined }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw unfit(folder, systemReason(cause)?.got ?? 'nothing that can be read', cause);
  });
  const named = entries.filter(({ name }) => !SYSTEM_ENTRY.test(name)).sort(naturally);
  const photos: FiledPhoto[] = [];
  const passedOver: PassedOver[] = [];
  let locked: PassedOver | undefined;
  for (const entry of named) {
    const { name } = entry;
    if (entry.isSymbolicLink()) {
      const why = await whyNoLink(path.join(folder, name));
      if (why !== undefined) passedOver.push({ name, isWhole: true, why });
    }
    if (!entry.isDirectory()) continue;
    const found = await photosOf(path.resolve(folder, name));
    photos.push(...found.files.map((file) => ({ person: name, path: file })));
    if (found.why === undefined) continue;
    const one = { name, isWhole: found.files.length === 0, why: found.why };
    passedOver.push(one);
    if (found.isLocked) locked ??= one;
  }
  const loose = named.filter((entry) => entry.isFile() && isPicture(entry.name)).map(({ name }) => name);
  if (loose.length > 0)
    passedOver.push({
      name: some(loose),
      isWhole: true,
      why: 'Not in a subfolder, so that it is nobody’s: put it into a folder named after the person.',
    });
  if (photos.length === 0) throw unfit(folder, `no photograph in any subfolder${reasons(passedOver)}`);
  return { photos, passedOver, locked };
}

interface FolderLook {
  readonly files: readonly string[];
  readonly why?: string;
  readonly isLocked?: boolean;
}

async function photosOf(folder: string): Promise<FolderLook> {
  let entries: readonly Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    const reason = systemReason(cause);
    if (reason === undefined) throw cause;
    return { files: [], why: `It cannot be read (${reason.got}). ${reason.todo}`, isLocked: true };
  }
  const named = entries.filter(({ name }) => !SYSTEM_ENTRY.test(name)).sort(naturally);
  const files: string[] = [];
  const others: string[] = [];
  const deeper: string[] = [];
  for (const entry of named) {
    const file = path.join(folder, entry.name);
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await isFolderAt(file)));
    if (isFolder) deeper.push(entry.name);
    else if (OTHER_PICTURE.test(entry.name)) others.push(entry.name);
    // A name is not reliable: `.jfif`, `.JPG_large` and names without an extension are JPEG too.
    else if (await looksLikePhoto(file)) files.push(file);
  }
  const why = [
    ...(others.length === 0
      ? []
      : [`${some(others)}: no kind that can be read. Save it as JPEG, PNG, BMP or WebP.`]),
    ...(deeper.length === 0
      ? []
      : [`${some(deeper)}: a deeper folder, which is not looked into. Move its photographs up.`]),
    ...(files.length + others.length + deeper.length === 0
      ? ['No photograph is in it. Put some in, or remove the folder.']
      : []),
  ];
  return why.length === 0 ? { files } : { files, why: why.join(' ') };
}

async function whyNoLink(file: string): Promise<string | undefined> {
  try {
    const isFolder = (await stat(file)).isDirectory();
    return isFolder || isPicture(file)
      ? 'A link, which is not followed. Put the folder itself here, or enroll what it leads to.'
      : undefined;
  } catch (cause) {
    return `A link that leads nowhere (${systemReason(cause)?.got ?? 'it cannot be followed'}). Correct or remove it.`;
  }
}

const isFolderAt = (file: string): Promise<boolean> =>
  stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );

const isPicture = (name: string): boolean =>
  OTHER_PICTURE.test(name) || /\.(jpe?g?|jfif|jif|pjp(eg)?|png|bmp|dib|webp)$/i.test(name);

const naturally = (a: Dirent, b: Dirent): number => a.name.localeCompare(b.name, 'en', { numeric: true });

const some = (names: readonly string[]): string =>
  names.length <= MAX_NAMED
    ? names.join(', ')
    : `${names.slice(0, MAX_NAMED).join(', ')} and ${names.length - MAX_NAMED} more`;

const reasons = (passedOver: readonly PassedOver[]): string =>
  passedOver
    .slice(0, MAX_NAMED)
    .map(({ name, why }) => `; ${name}: ${why}`)
    .join('');

const unfit = (folder: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a folder with one subfolder of photographs (JPEG, PNG, BMP, WebP) per person at ${folder}, got ${got.replace(/\.$/, '')}.`,
    hint: 'Put the photographs of each person into a subfolder named after the person.',
    cause,
  });

const DECODABLE = /\.(jpe?g|png|bmp|dib|webp)$/i;
const MAGIC_LENGTH = 16;

/**
 * Recognises a photograph that can be decoded by its name, else by its first bytes.
 * @returns true also for an unreadable file with such a name: reading it refuses it with the reason.
 */
async function looksLikePhoto(file: string): Promise<boolean> {
  if (DECODABLE.test(file)) return true;
  try {
    const handle = await openPlainFile(file);
    try {
      const bytes = Buffer.alloc(MAGIC_LENGTH);
      const { bytesRead } = await handle.read(bytes, 0, MAGIC_LENGTH, 0);
      return startsAsPhoto(bytes.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    // A pipe, a device, a link that leads nowhere, a list that this user may not read: not a photograph.
    if (error instanceof TwinstileError || systemReason(error) !== undefined) return false;
    throw error;
  }
}

function startsAsPhoto(bytes: Buffer): boolean {
  const text = bytes.toString('latin1');
  return (
    text.startsWith('\xff\xd8\xff') ||
    text.startsWith('\x89PNG\r\n') ||
    (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP')
  );
}
