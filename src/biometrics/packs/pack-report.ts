/** Reports each pack as complete, missing or damaged. */
import { TwinstileError } from '../../base/errors.js';
import { filesOf, type ModelCard } from '../model-card.js';
import type { Catalog } from './pack-catalog.js';
import { cardOf, openPacks, packNames } from './pack-store.js';

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
