/** Lists the packs of this release with their cards, and finds the folder of the installed ones. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { TwinstileError } from '../../base/errors.js';
import { filesOf, type ModelCard, modelCard } from '../model-card.js';

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
const shippedModels = (): string => fileURLToPath(new URL('../../../models', import.meta.url));

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
      message: `This release's list or card of model packs in ${file} cannot be read.`,
      hint: 'Install twinstile again.',
      cause,
    });
  }
}

/** The command that brings a shipped pack onto this disk. */
export const commandFor = (name: string, obtain: Obtain): string => `twinstile models ${obtain} ${name}`;

interface FolderWishes {
  /** From the command line: wins. */
  readonly argument?: string | undefined;
  readonly env?: { readonly TWINSTILE_PACKS?: string | undefined };
  /** `models.folder` of the configuration. */
  readonly config?: string | undefined;
}

/** Argument, then TWINSTILE_PACKS, then the configuration, then models/packs of this project. Absolute. */
export function packsFolder({ argument, env = {}, config }: FolderWishes = {}): string {
  const named = [argument, env.TWINSTILE_PACKS, config].find((name) => name !== undefined && name !== '');
  return named === undefined ? path.join(shippedModels(), 'packs') : path.resolve(named);
}

/**
 * Parses a model card and checks that it is the card of the pack around it.
 * @param name the pack's name, which its folder and its card must share.
 * @param where path for the message.
 * @throws TwinstileError 'pack-refused' with every problem of the card.
 */
export function parseCard(text: string, name: string, where: string): ModelCard {
  const parsed = modelCard.safeParse(jsonOf(text, where));
  if (!parsed.success)
    throw refused(`Expected a model card in ${where}, got: ${z.prettifyError(parsed.error)}`);
  const card = parsed.data;
  if (card.name !== name)
    throw refused(`Expected the card of '${name}' in ${where}, got that of '${card.name}'.`);
  const names = filesOf(card).map(({ file }) => file);
  if (new Set(names).size !== names.length || names.includes('card.json'))
    throw refused(`Expected each file once in ${where}, got ${names.join(', ')}.`);
  return card;
}

function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused(`Expected JSON in ${where}, got text that is none.`, cause);
  }
}

const refused = (message: string, cause?: unknown): TwinstileError =>
  new TwinstileError({ code: 'pack-refused', message, hint: 'Correct the card.', cause });
