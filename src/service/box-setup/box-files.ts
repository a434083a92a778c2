/** Where the wizard of a box finds and puts its files: configuration, keys and password, by hand or of the service. */
import { chown, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder, writeFileAtomically } from '../../platform/atomic-file.js';
import { MAX_KEY_FILE, readPlainFile, readPlainText } from '../../platform/plain-file.js';
import { type Config, configSchema } from '../config/config-schema.js';
import { exampleConfig } from '../config/example-config.js';
import { resolvePaths } from '../config/load-config.js';
import { parseConfig } from '../config/parse-config.js';
import { PASSWORD_FILE } from './write-answers.js';

const MAX_BASE = 4 * 1024 * 1024;
const SETTINGS = '/etc/twinstile';

/** Files of the credentials that twinstile.service names, in the folder of its configuration. */
const CREDENTIAL_FILES: Readonly<Record<string, string>> = {
  'gallery-key': 'gallery.key',
  'grant-key': 'grant.key',
  'mqtt-password': PASSWORD_FILE,
};

export interface BoxFiles {
  /** Absolute. */
  readonly file: string;
  readonly folder: string;
  /** Whether systemd hands the keys to it. */
  readonly isService: boolean;
}

/** @param settings of the service, in tests. */
export function boxFiles(file: string, settings = SETTINGS): BoxFiles {
  const absolute = path.resolve(file);
  const folder = path.dirname(absolute);
  return { file: absolute, folder, isService: `${folder}/`.startsWith(`${settings}/`) };
}

interface Base {
  readonly text: string;
  readonly isNew: boolean;
}

/** The configuration that is there, or the example. @throws TwinstileError 'config-invalid', and what the system reports. */
export async function readBase({ file, isService }: BoxFiles): Promise<Base> {
  const text = await readPlainText(file, { maxBytes: MAX_BASE }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return { text: await exampleConfig({ byHand: !isService }), isNew: true };
  parseConfig(text);
  return { text, isNew: false };
}

/**
 * Puts the new text in the place of the old one, which is kept as .bak; rights and group of the old one are kept.
 * @returns whether anything changed.
 */
export async function replaceConfiguration({ file, folder }: BoxFiles, text: string): Promise<boolean> {
  const old = await stat(file).catch(() => undefined);
  if (old === undefined) {
    await writeFileAtomically(file, text, 0o640);
    return true;
  }
  const before = await readPlainFile(file, { maxBytes: MAX_BASE });
  if (before.equals(Buffer.from(text))) return false;
  const rights = { mode: old.mode & 0o777, uid: old.uid, gid: old.gid };
  await writeAs(`${file}.bak`, before, rights);
  await writeAs(file, text, rights);
  await syncFolder(folder);
  return true;
}

interface Rights {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** With its rights from the first moment that it has the name. */
async function writeAs(file: string, bytes: Uint8Array | string, { mode, uid, gid }: Rights): Promise<void> {
  const aside = `${file}.part`;
  await writeFileAtomically(aside, bytes, mode);
  try {
    if (process.geteuid?.() === 0) await chown(aside, uid, gid);
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

/** The configuration with absolute paths, and with the files in the place of the service's credentials. */
export function trialConfig(text: string, { folder }: BoxFiles): Config {
  const config = resolvePaths(configSchema, parseConfig(text), folder);
  const fileOf = (name: string | undefined, own: string | undefined): string | undefined =>
    own ?? (name === undefined ? undefined : path.join(folder, CREDENTIAL_FILES[name] ?? name));
  const { gallery, grants, mqtt } = config;
  return {
    ...config,
    gallery: {
      ...gallery,
      key_file: fileOf(gallery.key_credential, gallery.key_file),
      key_credential: undefined,
    },
    grants: {
      ...grants,
      key_file: fileOf(grants.key_credential, grants.key_file),
      key_credential: undefined,
    },
    mqtt: {
      ...mqtt,
      password_file: fileOf(mqtt.password_credential, mqtt.password_file),
      password_credential: undefined,
    },
  };
}

/** Which of the keys that `twinstile keys new` makes are missing where they are looked for. */
export async function missingKeys(
  { gallery, grants, lanes }: Config,
  { folder }: BoxFiles,
): Promise<readonly ('gallery' | 'grant' | 'gate')[]> {
  const there = await readdir(folder).catch((): readonly string[] => []);
  const isMissing = (file: string | undefined, name: string): boolean =>
    file === path.join(folder, name) && !there.includes(name);
  const missing: ('gallery' | 'grant' | 'gate')[] = [];
  if (isMissing(gallery.key_file, 'gallery.key')) missing.push('gallery');
  if (isMissing(grants.key_file, 'grant.key')) missing.push('grant');
  if (lanes.some(({ gate_key_file: file }) => isMissing(file, 'gate.pub'))) missing.push('gate');
  return missing;
}

/** Whether a password is asked for and its file holds none. */
export async function lacksPassword({ mqtt }: Config): Promise<boolean> {
  if (mqtt.password_file === undefined) return false;
  const bytes = await readPlainFile(mqtt.password_file, { maxBytes: MAX_KEY_FILE }).catch(() => undefined);
  return bytes === undefined || bytes.length === 0;
}
