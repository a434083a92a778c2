/** How does a pack come into its folder as a whole or not at all? */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { writeFileAtomically } from '../../platform/atomic-file.js';
import { makeFolder } from '../../platform/folders.js';
import { readPlainText } from '../../platform/plain-file.js';
import { filesOf, type ModelCard, type ModelFile } from '../model-card.js';
import { asideName, bringBack, exists, removeLeftovers } from './leftovers.js';
import { guardFile, stopped } from './onnx-guard.js';
import { MAX_CARD } from './pack-store.js';

/** The bytes of one file of the card, in pieces; from a download or a build. */
type BytesOf = (file: ModelFile) => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Writes a pack next to its place, checks every file, and only then moves it there. Until then, and after any
 * failure or abort, the pack that was there before stays.
 *
 * @param folder of all packs; made when absent.
 * @throws TwinstileError 'pack-refused' (not what the card declares, or not to be written), 'stopped', or
 * whatever `bytesOf` throws.
 */
export async function installPack(
  folder: string,
  card: ModelCard,
  bytesOf: BytesOf,
  signal?: AbortSignal,
): Promise<void> {
  await writing(folder, makeFolder(folder));
  await removeLeftovers(folder, card.name);
  await bringBack(folder, card.name);
  const fresh = path.join(folder, asideName('new', card.name));
  try {
    await writing(folder, mkdir(fresh));
    for (const file of filesOf(card)) {
      const place = path.join(fresh, file.file);
      await writeFile(place, file, bytesOf(file), signal);
      await guardFile(place, file, {
        hint: OTHER_BYTES,
        signal,
      });
    }
    const text = Buffer.from(textOf(card));
    await writeFile(path.join(fresh, CARD), { file: CARD, bytes: text.length }, [text], signal);
    await writing(folder, flush(fresh));
    if (signal?.aborted === true) throw stopped(signal);
    await writing(folder, swap(folder, card.name, fresh));
  } finally {
    // Gone already when it was put in its place.
    await rm(fresh, { recursive: true, force: true });
  }
}

const CARD = 'card.json';
const OTHER_BYTES =
  'Fetch or build the pack again. If it stays so, the source has other bytes under this name by now, or was tampered with: do not use it, and name one with the declared sha256 by --mirror.';
const textOf = (card: ModelCard): string => `${JSON.stringify(card, null, 2)}\n`;

/**
 * Puts the release's card into a pack whose networks are whole: what reads the folder later must find what they are read by now.
 * A card that another release or `calibrate --write` left there is kept as card.json.before.
 * @returns whether it was another one.
 * @throws TwinstileError 'pack-refused' when it cannot be written.
 */
export async function renewCard(folder: string, card: ModelCard): Promise<boolean> {
  const place = path.join(folder, card.name, CARD);
  // One that cannot be read is replaced like any other.
  const there = await readPlainText(place, { maxBytes: MAX_CARD }).catch(() => undefined);
  if (there === textOf(card)) return false;
  if (there !== undefined) await writing(folder, writeFileAtomically(`${place}.before`, there));
  await writing(folder, writeFileAtomically(place, textOf(card)));
  return true;
}

async function writeFile(
  place: string,
  { file, bytes }: Pick<ModelFile, 'file' | 'bytes'>,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const handle = await writing(place, open(place, 'wx', 0o644));
  try {
    let length = 0;
    for await (const piece of pieces) {
      if (signal?.aborted === true) throw stopped(signal);
      length += piece.length;
      if (length > bytes)
        throw new TwinstileError({
          code: 'pack-refused',
          message: `Expected ${bytes} bytes of ${file}, got more.`,
          hint: OTHER_BYTES,
        });
      // Appends; FileHandle.write may write less than asked, writeFile does not.
      await writing(place, handle.writeFile(piece));
    }
    if (signal?.aborted === true) throw stopped(signal);
    await writing(place, handle.sync());
  } finally {
    await handle.close();
  }
}

/** Two renames; when the second fails, or the process dies between them, the old one is brought back. */
async function swap(folder: string, name: string, fresh: string): Promise<void> {
  const place = path.join(folder, name);
  const old = path.join(folder, asideName('old', name));
  const replaced = await exists(place);
  if (replaced) await rename(place, old);
  try {
    await rename(fresh, place);
  } catch (error) {
    if (replaced) await rename(old, place);
    throw error;
  }
  await flush(folder);
  if (replaced) await rm(old, { recursive: true, force: true });
}

/** fsync of a folder: the names in it survive a power cut. */
async function flush(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writing<T>(place: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new TwinstileError({
      code: 'pack-refused',
      message: `${place} could not be written: ${cause instanceof Error ? cause.message : String(cause)}.`,
      hint: 'Make room there, or name a folder this user may write to with --folder.',
      cause,
    });
  }
}
