/** Where do installed packs lie? */
import path from 'node:path';
import { shippedModels } from './pack-catalog.js';

interface FolderWishes {
  /** From the command line: wins. */
  readonly argument?: string | undefined;
  readonly env?: { readonly TWINSTILE_PACKS?: string | undefined };
  /** `models.folder` of the configuration. */
  readonly config?: string | undefined;
}

/** Argument, then TWINSTILE_PACKS, then the configuration, then models/packs of this project. Absolute. */
export function packsFolder({ argument, env = {}, config }: FolderWishes = {}): string {
  const wish = [argument, env.TWINSTILE_PACKS, config].find((name) => name !== undefined && name !== '');
  return wish === undefined ? path.join(shippedModels(), 'packs') : path.resolve(wish);
}
