/** Opens the packs on this disk and verifies them against their cards. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { readPlainText } from '../../platform/plain-file.js';
import { filesOf, type InstalledPack, type ModelCard, type PackStore } from '../model-card.js';
import { bringBack, exists } from './leftovers.js';
import { guardFile } from './onnx-guard.js';
import { type Catalog, commandFor, parseCard, readCatalog } from './pack-catalog.js';

/** Also a name of a folder; no slash, no leading dot. */
const PACK_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Calibration tables are the longest part, and are far from this. */
export const MAX_CARD = 4_000_000;

/**
 * Packs of this release are read by this release's own cards; any other folder with a card.json is the owner's.
 * Every `open` reads and checks every file.
 * @param catalog this release's own when absent.
 */
export function openPacks(folder: string, catalog?: Catalog): PackStore {
  return {
    open: async (name) => openPack(path.resolve(folder), name, catalog ?? (await readCatalog())),
  };
}

async function openPack(folder: string, name: string, catalog: Catalog): Promise<InstalledPack> {
  const card = await cardOf(folder, name, catalog);
  const place = path.join(folder, name);
  const shipped = catalog.get(name);
  const hint =
    shipped === undefined
      ? 'Put the right files there, or correct the card.'
      : `Run: ${commandFor(name, shipped.obtain)}`;
  const files = new Map(filesOf(card).map((file) => [file.file, path.join(place, file.file)]));
  for (const file of filesOf(card)) await guardFile(path.join(place, file.file), file, { hint });
  return {
    card,
    pathOf(file) {
      const found = files.get(file);
      if (found === undefined)
        throw new TwinstileError({
          code: 'internal',
          message: `Expected a file of pack '${name}', got '${file}'.`,
        });
      return found;
    },
  };
}

/**
 * The card by which a pack on this disk is read; its networks are not yet checked.
 * @throws TwinstileError 'pack-unknown' | 'pack-missing' | 'pack-refused'.
 */
export async function cardOf(folder: string, name: string, catalog: Catalog): Promise<ModelCard> {
  const shipped = catalog.get(name);
  const place = path.join(folder, name);
  const there = PACK_NAME.test(name) && ((await exists(place)) || (await bringBack(folder, name)));
  if (shipped !== undefined) {
    if (there) return shipped.card;
    throw new TwinstileError({
      code: 'pack-missing',
      message: `Expected model pack '${name}' in ${folder}, got nothing.`,
      hint: `Run: ${commandFor(name, shipped.obtain)}`,
    });
  }
  const file = path.join(place, 'card.json');
  if (!there || !(await exists(file)))
    throw new TwinstileError({
      code: 'pack-unknown',
      message: `Expected the name of a model pack, got '${name}'.`,
      hint: `Use one of: ${(await packNames(folder, catalog)).join(', ')}.`,
    });
  const kind = await lstat(file);
  if (!kind.isFile() || kind.size > MAX_CARD)
    throw new TwinstileError({
      code: 'pack-refused',
      message: `Expected a plain file of at most ${MAX_CARD} bytes at ${file}, got something else.`,
      hint: 'Put the card itself there.',
    });
  return parseCard(await readPlainText(file, { maxBytes: MAX_CARD }), name, file);
}

/** This release's packs, then the owner's in alphabetical order. */
async function packNames(folder: string, catalog: Catalog): Promise<readonly string[]> {
  // No folder yet: the owner has no packs.
  const entries = await readdir(folder).catch(() => []);
  const own: string[] = [];
  for (const entry of entries.sort())
    if (PACK_NAME.test(entry) && !catalog.has(entry) && (await exists(path.join(folder, entry, 'card.json'))))
      own.push(entry);
  return [...catalog.keys(), ...own];
}

/** Reports each pack as complete, missing or damaged. */
export interface PackReport {
  readonly name: string;
  readonly state: 'installed' | 'missing' | 'damaged';
  /** What is wrong and what to do; absent when installed. */
  readonly problem?: string;
  readonly hint?: string;
  /** Sum of the files, as the card declares them; absent when the owner's card cannot be read, as the rest. */
  readonly bytes?: number;
  readonly licences?: readonly string[];
  readonly summary?: string;
  readonly calibrated?: boolean;
}

/**
 * Checks packs as `PackStore.open` does.
 * @param names all known ones when absent.
 * @throws TwinstileError 'pack-unknown'.
 */
export async function reportPacks(
  folder: string,
  catalog: Catalog,
  names?: readonly string[],
): Promise<readonly PackReport[]> {
  const reports: PackReport[] = [];
  for (const name of names ?? (await packNames(folder, catalog)))
    reports.push(await reportPack(folder, catalog, name));
  return reports;
}

export async function reportPack(folder: string, catalog: Catalog, name: string): Promise<PackReport> {
  try {
    const { card } = await openPacks(folder, catalog).open(name);
    return { name, state: 'installed', ...factsOf(card) };
  } catch (error) {
    // These two are what is asked for here; everything else goes on.
    if (
      !(error instanceof TwinstileError) ||
      !(error.code === 'pack-missing' || error.code === 'pack-refused')
    )
      throw error;
    const card = catalog.get(name)?.card ?? (await cardOf(folder, name, catalog).catch(() => undefined));
    return {
      name,
      state: error.code === 'pack-missing' ? 'missing' : 'damaged',
      problem: error.message,
      hint: error.hint,
      ...(card === undefined ? {} : factsOf(card)),
    };
  }
}

function factsOf(card: ModelCard) {
  const files = filesOf(card);
  return {
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    licences: [...new Set(files.map(({ licence }) => licence))],
    summary: card.summary,
    calibrated: card.calibration !== undefined,
  };
}
