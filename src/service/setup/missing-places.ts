/** Finds what a configuration names and this machine does not have: files, folders, packs and credentials. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { systemReason } from '../../base/system-error.js';
import { type Catalog, commandFor } from '../../biometrics/packs/pack-catalog.js';
import { reportPack } from '../../biometrics/packs/pack-store.js';
import type { Config } from '../config/config-schema.js';
import { type NamedPath, pathsIn } from '../config/load-config.js';
import { formatPath } from '../config/sections/raw-config.js';

export interface MissingPlace {
  /** "grants.key_file" */
  readonly key: string;
  /** One sentence. */
  readonly fault: string;
  readonly todo: string;
}

interface Here {
  /** Folder of the packs. */
  readonly packs: string;
  readonly catalog: Catalog;
  /** Value of CREDENTIALS_DIRECTORY: only there credentials can be looked for. */
  readonly credentials: string | undefined;
}

/** Empty where all is here and can be read by this user. */
export async function missingPlaces(config: Config, here: Here): Promise<readonly MissingPlace[]> {
  const paths = pathsIn(config).filter((one) => isAsked(one, config));
  const found = await Promise.all(paths.map(lookAt));
  const sealed = here.credentials === undefined ? [] : await lookForCredentials(config, here.credentials);
  const pack = config.lanes.length === 0 ? undefined : await lookForPack(config, here);
  return [...found, ...sealed, pack].flatMap((one) => (one === undefined ? [] : [one]));
}

/** Names of systemd's credentials, each once. */
export const credentialsOf = (config: Config): readonly string[] => [
  ...new Set(credentialKeys(config).map(({ text }) => text)),
];

/** A registrar takes no grant key, and a folder that the service makes by itself is not missing. */
function isAsked({ path: keys }: NamedPath, config: Config): boolean {
  if (config.lanes.length === 0 && ['grants', 'lanes'].includes(String(keys[0]))) return false;
  return !MADE_BY_ITSELF.includes(formatPath(keys)) && keys.at(-1) !== 'source';
}

const MADE_BY_ITSELF: readonly string[] = ['data_dir', 'backup.folder', 'local_socket.path', 'models.folder'];

async function lookAt({ path: keys, text: file }: NamedPath): Promise<MissingPlace | undefined> {
  const key = formatPath(keys);
  const isFile =
    /_file$/.test(String(keys.at(-1))) || ['head', 'calibration', 'reranker'].includes(String(keys.at(-1)));
  try {
    const kind = await stat(file);
    if (isFile && !kind.isFile())
      return { key, fault: `${file} is no plain file.`, todo: 'Name the file itself.' };
    await access(file, kind.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK);
    return undefined;
  } catch (error) {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    return { key, fault: `${file}: ${reason.got}.`, todo: orderFor(keys) ?? reason.todo };
  }
}

/** What makes the file, where a command of this program does. */
function orderFor(keys: readonly PropertyKey[]): string | undefined {
  const [first, last] = [String(keys[0]), String(keys.at(-1))];
  if (first === 'gallery' && keys.length === 2) return 'Make it with: twinstile keys new gallery --out DIR';
  if (first === 'grants') return 'Make it with: twinstile keys new grant --out DIR';
  if (last === 'gate_key_file') return 'Make it with: twinstile keys new gate --out DIR';
  if (first === 'commands') return 'Make it with: twinstile keys new operator --out DIR';
  if (keys.join('.') === 'gallery.fleet.key_file')
    return 'Make it with: twinstile gallery device key --out FILE';
  if (last === 'root_file') return 'Copy fleet/root.json of the registrar there.';
  if (last === 'password_file') return 'Write the password into it, with mode 0600.';
  return undefined;
}

const credentialKeys = (value: unknown, above: readonly PropertyKey[] = []): readonly NamedPath[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, child]: [string, unknown]) => {
        const keys = [...above, Array.isArray(value) ? Number(name) : name];
        return /_credential$/.test(name) && typeof child === 'string'
          ? [{ path: keys, text: child }]
          : credentialKeys(child, keys);
      });

async function lookForCredentials(config: Config, folder: string): Promise<readonly MissingPlace[]> {
  const found = await Promise.all(
    credentialKeys(config).map(async ({ path: keys, text }) => {
      const missing = await lookAt({ path: keys, text: path.join(folder, text) });
      return missing === undefined
        ? []
        : [{ ...missing, todo: `Add LoadCredential=${text}:FILE to the unit.` }];
    }),
  );
  return found.flat();
}

async function lookForPack({ models }: Config, { packs, catalog }: Here): Promise<MissingPlace | undefined> {
  const key = 'models.pack';
  try {
    const { state, problem = '', hint = '' } = await reportPack(packs, catalog, models.pack);
    if (state === 'installed') return undefined;
    const known = catalog.get(models.pack);
    const todo = known === undefined ? hint : `Run: ${commandFor(models.pack, known.obtain)}`;
    return {
      key,
      fault: state === 'missing' ? `The pack ${models.pack} is not in ${packs}.` : problem,
      todo,
    };
  } catch (error) {
    if (!(error instanceof TwinstileError)) throw error;
    return { key, fault: error.message, todo: error.hint ?? 'See: twinstile models list' };
  }
}
