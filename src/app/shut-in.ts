/** What a vision process has no business with: it reads pictures of strangers, so it must not reach keys and gallery. */
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/schema.js';

export interface Reach {
  /** Files and folders that must not be reached, at any depth. */
  readonly hide: readonly string[];
  /** What must be reached even inside of those. */
  readonly show: readonly string[];
}

/** Where scripts/install.sh and the units put keys and data. */
const OF_A_SERVICE = ['/etc/twinstile', '/var/lib/twinstile'];
const PROGRAM = fileURLToPath(new URL('../../', import.meta.url));
const PERL = '/usr/bin/perl';
export const SHUT_IN = fileURLToPath(new URL('../../scripts/shut-in', import.meta.url));

/**
 * Hides the data, the credentials and every file that the configuration names by a key that ends in `_file`, so that a
 * secret which is added to it one day is hidden too.
 * @param camera absent for a process that reads photographs it is handed.
 * @param credentials value of CREDENTIALS_DIRECTORY.
 */
export function reachOf(
  config: Pick<Config, 'data'> & { readonly backup?: { readonly folder?: string } },
  packFolder: string,
  camera: Config['lanes'][number]['camera'] | undefined,
  credentials: string | undefined,
): Reach {
  const film = camera !== undefined && 'path' in camera ? camera.path : undefined;
  return {
    hide: [config.data, config.backup?.folder, credentials, ...filesIn(config)].flatMap(real),
    show: [packFolder, film].flatMap(real),
  };
}

/**
 * For a command that knows no configuration: hides this user's own folder and what an installed service has, but not the
 * program, the packs and what is to be looked at.
 * @param shown packs and recordings.
 */
export function reachAround(env: NodeJS.ProcessEnv, shown: readonly string[]): Reach {
  const { HOME, LD_LIBRARY_PATH = '', CREDENTIALS_DIRECTORY } = env;
  const libraries = LD_LIBRARY_PATH.split(':').filter((folder) => folder !== '');
  const node = path.dirname(path.dirname(realpathSync(process.execPath)));
  return {
    // Whose home is everything has none.
    hide: [HOME === '/' ? undefined : HOME, CREDENTIALS_DIRECTORY, ...OF_A_SERVICE].flatMap(real),
    show: [PROGRAM, node, ...libraries, ...shown].flatMap(real),
  };
}

function filesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key.endsWith('_file') && typeof inner === 'string' ? [inner] : filesIn(inner),
  );
}

/** @returns what goes before the command; `problem` when the process has to run without it. */
export function shutIn({ hide, show }: Reach): {
  readonly prefix: readonly string[];
  readonly problem?: string;
} {
  if (hide.length === 0) return { prefix: [] };
  const missing = [PERL, SHUT_IN].find((file) => !existsSync(file));
  if (missing !== undefined)
    return { prefix: [], problem: `The vision process is not shut in: there is no ${missing}.` };
  const words = [...hide.flatMap((one) => ['--hide', one]), ...show.flatMap((one) => ['--show', one])];
  return { prefix: [PERL, SHUT_IN, ...words, '--'] };
}

/** Landlock knows no symbolic links. What does not exist cannot be hidden and need not be. */
function real(file: string | undefined): readonly string[] {
  if (file === undefined) return [];
  try {
    return [realpathSync(path.resolve(file))];
  } catch {
    return [];
  }
}
