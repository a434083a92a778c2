/**
 * Composes the sandbox of a vision process: it decodes untrusted pictures, so it must not reach keys, gallery or
 * configuration.
 */
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config/config-schema.js';

export interface SandboxPolicy {
  /** Files and folders that must not be reached, at any depth, including those created later. */
  readonly hide: readonly string[];
  /** Readable paths in addition to the system's own files, including paths inside hidden folders. */
  readonly show: readonly string[];
  /** Writable paths in addition to devices. */
  readonly write?: readonly string[];
}

/** Folders in which scripts/install.sh and the units put keys and data. */
const OF_A_SERVICE = ['/etc/twinstile', '/var/lib/twinstile'];
const PROGRAM = fileURLToPath(new URL('../../../', import.meta.url));
/** Parts of the program's folder: a site may keep its configuration or data next to these. */
const OF_THE_PROGRAM = ['dist', 'src', 'node_modules', 'models', 'scripts', 'package.json', 'tsconfig.json'];
const PERL = '/usr/bin/perl';
export const SANDBOXED = fileURLToPath(new URL('../../../scripts/shut-in', import.meta.url));

/**
 * Hides the data, the credentials and every file that the configuration names in a key that ends in `_file`, so that secrets
 * added later are hidden too. Paths that are not listed as shown are out of reach anyway, including the configuration with the
 * logins of all cameras: a lane's own login is passed over the pipe.
 * @param camera absent for a process that reads photographs it is given.
 * @param credentials value of CREDENTIALS_DIRECTORY.
 */
export function sandboxPolicyOf(
  config: Pick<Config, 'data_dir'> & { readonly backup?: { readonly folder?: string } },
  packFolder: string,
  camera: Config['lanes'][number]['camera'] | undefined,
  credentials: string | undefined,
): SandboxPolicy {
  const film = camera !== undefined && 'path' in camera ? camera.path : undefined;
  const named = [config.data_dir, config.backup?.folder, credentials, ...filesIn(config)];
  return within(named.flatMap(place), [packFolder, film], process.env);
}

/**
 * Policy for a command without a configuration: hides this user's home and the files of an installed service.
 * @param shown packs and recordings.
 */
export function sandboxPolicyAround(env: NodeJS.ProcessEnv, shown: readonly string[]): SandboxPolicy {
  const { HOME, CREDENTIALS_DIRECTORY } = env;
  // A home folder that contains everything, such as /, is not hidden.
  const named = [HOME === '/' ? undefined : HOME, CREDENTIALS_DIRECTORY, ...OF_A_SERVICE];
  return within(named.flatMap(place), shown, env);
}

function within(
  hide: readonly string[],
  shown: readonly (string | undefined)[],
  { LD_LIBRARY_PATH = '' }: NodeJS.ProcessEnv,
): SandboxPolicy {
  const libraries = LD_LIBRARY_PATH.split(':').filter((folder) => folder !== '');
  const program = OF_THE_PROGRAM.map((name) => path.join(PROGRAM, name));
  // A folder that all users share is writable where it holds no file of the site.
  const isPlain = !hide.some((one) => isIn(one, TEMPORARY));
  return {
    hide,
    show: [
      ...[...program, nodeFolder(), ...libraries, ...shown].flatMap(real),
      ...shown.flatMap((one) => linkedFrom(one, hide)),
    ],
    write: (isPlain ? [TEMPORARY] : [LOADER_CACHE]).flatMap(real),
  };
}

/** Adds readable paths that the configuration does not name, such as the pack of a release. */
export const alsoShowing = (reach: SandboxPolicy, folder: string): SandboxPolicy => ({
  ...reach,
  show: [...new Set([...reach.show, ...real(folder), ...linkedFrom(folder, reach.hide)])],
});

/** A pack is a folder of files in a folder of packs; deeper levels are not searched. */
const LINK_DEPTH = 2;

/** Packs and pictures may be symbolic links to their location; a link to a hidden path is not followed. */
function linkedFrom(
  folder: string | undefined,
  hide: readonly string[],
  depth: number = LINK_DEPTH,
): readonly string[] {
  const [there] = real(folder);
  if (there === undefined || depth === 0 || !statSync(there).isDirectory()) return [];
  return readdirSync(there, { withFileTypes: true }).flatMap((entry) => {
    const own = path.join(there, entry.name);
    if (!entry.isSymbolicLink()) return entry.isDirectory() ? linkedFrom(own, hide, depth - 1) : [];
    const targets = real(own).filter((one) => !hide.some((hidden) => isIn(one, hidden)));
    return [...targets, ...targets.flatMap((target) => linkedFrom(target, hide, depth - 1))];
  });
}

const isIn = (file: string, folder: string): boolean => file === folder || file.startsWith(`${folder}/`);

const TEMPORARY = '/tmp';
/** Cache folder of tsx, which is needed when the program runs from its source. */
const LOADER_CACHE = path.join(tmpdir(), `tsx-${process.getuid?.() ?? 0}`);

/** Node's own folder, or only the executable when that folder is shared or a home, such as /home/ada or /. */
function nodeFolder(): string {
  const node = realpathSync(process.execPath);
  const folder = path.dirname(path.dirname(node));
  return existsSync(path.join(folder, 'include/node')) || folder === '/usr' ? folder : node;
}

function filesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key.endsWith('_file') && typeof inner === 'string' ? [inner] : filesIn(inner),
  );
}

/** @returns the arguments in front of the command; `problem` when the process has to run without a sandbox. */
export function sandboxed({ hide, show, write = [] }: SandboxPolicy): {
  readonly prefix: readonly string[];
  readonly problem?: string;
} {
  if (hide.length === 0) return { prefix: [] };
  const missing = [PERL, SANDBOXED].find((file) => !existsSync(file));
  if (missing !== undefined)
    return { prefix: [], problem: `The vision process is not shut in: there is no ${missing}.` };
  const words = [
    ...hide.flatMap((one) => ['--hide', one]),
    ...show.flatMap((one) => ['--show', one]),
    ...write.flatMap((one) => ['--write', one]),
  ];
  return { prefix: [PERL, SANDBOXED, ...words, '--'] };
}

/** Landlock does not accept symbolic links. Paths that do not exist cannot be shown. */
function real(file: string | undefined): readonly string[] {
  if (file === undefined) return [];
  try {
    return [realpathSync(path.resolve(file))];
  } catch {
    return [];
  }
}

/**
 * Resolves the location of an existing or future file: symbolic links of the existing part are resolved, the rest is kept as
 * named.
 */
function place(file: string | undefined): readonly string[] {
  if (file === undefined) return [];
  const whole = path.resolve(file);
  for (let there = whole; ; there = path.dirname(there)) {
    const [found] = real(there);
    if (found !== undefined) return [path.join(found, path.relative(there, whole))];
    if (there === path.dirname(there)) return [whole];
  }
}
