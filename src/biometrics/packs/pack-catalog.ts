/** Lists the packs of this release with their cards. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { TwinstileError } from '../../base/errors.js';
import type { ModelCard } from '../model-card.js';
import { parseCard } from './read-card.js';

/** How a pack comes onto this disk: made from installed npm packages, or fetched. */
type Obtain = 'build' | 'pull';

interface ShippedPack {
  readonly card: ModelCard;
  readonly obtain: Obtain;
}

/** By name, in the order of models/catalog.json. */
export type Catalog = ReadonlyMap<string, ShippedPack>;

const catalogFile = z.strictObject({
  packs: z.array(z.strictObject({ name: z.string(), obtain: z.enum(['build', 'pull']) })).min(1),
});

/** The folder `models` of this project: as far above src/adapters/packs as above dist/adapters/packs. */
export const shippedModels = (): string => fileURLToPath(new URL('../../../models', import.meta.url));

/**
 * Reads catalog.json and cards/NAME.json.
 * @param models folder that holds both.
 * @throws TwinstileError 'internal' | 'pack-refused' when this release's own files are broken.
 */
export async function readCatalog(models: string = shippedModels()): Promise<Catalog> {
  const file = path.join(models, 'catalog.json');
  const { packs } = await unbroken(file, (text) => catalogFile.parse(JSON.parse(text)));
  const cards = await Promise.all(
    packs.map(async ({ name, obtain }) => {
      const where = path.join(models, 'cards', `${name}.json`);
      return [name, { card: await unbroken(where, (text) => parseCard(text, name, where)), obtain }] as const;
    }),
  );
  return new Map(cards);
}

async function unbroken<T>(file: string, parse: (text: string) => T): Promise<T> {
  try {
    return parse(await readFile(file, 'utf8'));
  } catch (cause) {
    if (cause instanceof TwinstileError) throw cause;
    throw new TwinstileError({
      code: 'internal',
      message: `Expected this release's list or card of model packs in ${file}, got none that can be read.`,
      hint: 'Install twinstile again.',
      cause,
    });
  }
}

/** The command that brings a shipped pack onto this disk. */
export const commandFor = (name: string, obtain: Obtain): string => `twinstile models ${obtain} ${name}`;
