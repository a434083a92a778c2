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
  /** Each file and folder that was skipped, from the folder of the entry; absent for an entry that is skipped itself. */
  readonly files?: readonly string[];
}

interface PhotoFolder {
  readonly photos: readonly FiledPhoto[];
  readonly passedOver: readonly PassedOver[];
}

/** Pictures that are none of those that can be decoded. */
const OTHER_PICTURE = /\.(avif|jxl|jp2|j2k|jpx|tiff?|gif|svg|psd|dng|cr[23w]|nef|arw|rw2|orf|raf|pef|srw)$/i;
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
  const seen = new SeenFolders();
  // A link next to the folder that it leads to is not a second person.
  for (const { name } of named.filter((entry) => entry.isDirectory()))
    await seen.take(path.resolve(folder, name), name);
  for (const entry of named) {
    const { name } = entry;
    const place = path.resolve(folder, name);
    if (entry.isSymbolicLink()) {
      const why = await whyNotFollowed(place, name, seen);
      if (why !== undefined) passedOver.push({ name, isWhole: true, why });
      if (why !== undefined || !(await isFolderAt(place))) continue;
    } else if (!entry.isDirectory()) continue;
    const found = await photosOf(place, seen);
    photos.push(...found.files.map((file) => ({ person: name, path: file })));
    if (found.why === undefined) continue;
    const { why, skipped: files, isLocked } = found;
    const one: PassedOver = { name, isWhole: found.files.length === 0, why, files };
    passedOver.push(one);
    if (isLocked) locked ??= one;
  }
  const loose = named.filter((entry) => entry.isFile() && isPicture(entry.name)).map(({ name }) => name);
  if (loose.length > 0)
    passedOver.push({
      name: some(loose),
      isWhole: true,
      why: 'Not in a subfolder, so that it is nobody’s: put it into a folder named after the person.',
      files: loose,
    });
  if (photos.length === 0) throw unfit(folder, `no photograph in any subfolder${reasons(passedOver)}`);
  return { photos, passedOver, locked };
}

/** Folders by what they are on the disk: a link may lead to one that is looked at anyway, or back to where it began. */
class SeenFolders {
  readonly #names = new Map<string, string>();

  /** @returns the name by which the same folder was taken before; undefined for a new one, which is taken now. */
  async take(place: string, name: string): Promise<string | undefined> {
    const { dev, ino } = await stat(place, { bigint: true });
    const key = `${dev}:${ino}`;
    const before = this.#names.get(key);
    if (before === undefined) this.#names.set(key, name);
    return before;
  }
}

async function whyNotFollowed(place: string, name: string, seen: SeenFolders): Promise<string | undefined> {
  try {
    if (!(await stat(place)).isDirectory())
      return isPicture(name)
        ? 'A link to a file that is not in a subfolder, so that it is nobody’s: put it into a folder named after the person.'
        : undefined;
    const before = await seen.take(place, name);
    return before === undefined ? undefined : `A link to ${before}, which is looked at already. Remove it.`;
  } catch (cause) {
    return `A link that leads nowhere (${systemReason(cause)?.got ?? 'it cannot be followed'}). Correct or remove it.`;
  }
}

interface FolderLook {
  readonly files: readonly string[];
  readonly why?: string;
  readonly isLocked: boolean;
  /** What was skipped, from the folder. */
  readonly skipped: readonly string[];
}

/** Deeper than photographs are filed. */
const MAX_DEPTH = 8;

/** A person's photographs, also in folders below: phones file them by year and month. */
async function photosOf(folder: string, seen: SeenFolders): Promise<FolderLook> {
  const look = new PersonFolder(folder, seen);
  try {
    await look.into('', 0);
  } catch (cause) {
    const reason = systemReason(cause);
    if (reason === undefined) throw cause;
    return { files: [], why: unreadable(reason), isLocked: true, skipped: [] };
  }
  return look.result();
}

const unreadable = ({ got, todo }: { readonly got: string; readonly todo: string }): string =>
  `It cannot be read (${got}). ${todo}`;

class PersonFolder {
  readonly #files: string[] = [];
  readonly #pictures: string[] = [];
  readonly #others: string[] = [];
  readonly #why: string[] = [];
  readonly #whole: string[] = [];
  readonly #root: string;
  readonly #seen: SeenFolders;

  constructor(root: string, seen: SeenFolders) {
    this.#root = root;
    this.#seen = seen;
  }

  /** @param below the folder, from that of the person. @throws what the system reports of this folder itself. */
  async into(below: string, depth: number): Promise<void> {
    const entries = await readdir(path.join(this.#root, below), { withFileTypes: true });
    for (const entry of entries.filter(({ name }) => !SYSTEM_ENTRY.test(name)).sort(naturally)) {
      const name = path.join(below, entry.name);
      const place = path.join(this.#root, name);
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await isFolderAt(place)));
      if (isFolder) await this.#deeper(name, depth + 1);
      // A name is not reliable: `.jfif`, `.JPG_large`, a JPEG named `.HEIC` and names without an extension are JPEG too.
      else if (await looksLikePhoto(place)) this.#files.push(place);
      else if (OTHER_PICTURE.test(name)) this.#pictures.push(name);
      else this.#others.push(name);
    }
  }

  async #deeper(name: string, depth: number): Promise<void> {
    const wrong = await this.#objectionTo(name, depth);
    if (wrong === undefined) return;
    this.#whole.push(name);
    this.#why.push(`${name}: ${wrong}`);
  }

  async #objectionTo(name: string, depth: number): Promise<string | undefined> {
    if (depth > MAX_DEPTH)
      return `more than ${MAX_DEPTH} folders deep, which is not looked into. Move its photographs up.`;
    try {
      const before = await this.#seen.take(path.join(this.#root, name), name);
      if (before !== undefined) return `a link to ${before}, which is looked at already. Remove it.`;
      await this.into(name, depth);
      return undefined;
    } catch (cause) {
      const reason = systemReason(cause);
      if (reason === undefined) throw cause;
      return `it cannot be read (${reason.got}). ${reason.todo}`;
    }
  }

  result(): FolderLook {
    const [files, pictures, others] = [this.#files, this.#pictures, this.#others];
    const why = [
      ...(pictures.length === 0
        ? []
        : [`${some(pictures)}: no kind that can be read. ${conversionOf(pictures)}`]),
      ...(others.length === 0 ? [] : [`${some(others)}: no photograph.`]),
      ...this.#why,
      ...(files.length + pictures.length + others.length + this.#whole.length === 0
        ? ['No photograph is in it. Put some in, or remove the folder.']
        : []),
    ];
    return {
      files,
      why: why.length === 0 ? undefined : why.join(' '),
      isLocked: false,
      skipped: [...pictures, ...others, ...this.#whole],
    };
  }
}

/** What to do with pictures of kinds that cannot be decoded; the programs are of Debian's packages of these names. */
function conversionOf(names: readonly string[]): string {
  if (names.every((name) => /\.avif$/i.test(name)))
    return 'Convert it: heif-convert IN OUT.jpg (Debian: libheif-examples).';
  return 'Save it as JPEG, PNG, BMP, WebP or HEIC.';
}

const isFolderAt = (file: string): Promise<boolean> =>
  stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );

const isPicture = (name: string): boolean =>
  OTHER_PICTURE.test(name) || /\.(jpe?g?|jfif|jif|pjp(eg)?|png|bmp|dib|webp|hei[cf]s?|hif)$/i.test(name);

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
    message: `Expected a folder with one subfolder of photographs (JPEG, PNG, BMP, WebP, HEIC) per person at ${folder}, got ${got.replace(/\.$/, '')}.`,
    hint: 'Put the photographs of each person into a subfolder named after the person.',
    cause,
  });

const DECODABLE = /\.(jpe?g|png|bmp|dib|webp|heic|heif|hif)$/i;
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
    (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') ||
    /^ftyp(hei[cxms]|hev[cxms]|mif1)/.test(text.slice(4, 12))
  );
}
