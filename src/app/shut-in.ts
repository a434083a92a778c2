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

const PERL = '/usr/bin/perl';
export const SHUT_IN = fileURLToPath(new URL('../../scripts/shut-in', import.meta.url));

/** @param camera absent for a process that reads photographs it is handed. @param credentials value of CREDENTIALS_DIRECTORY. */
export function reachOf(
  { data, gallery, grants, mqtt }: Pick<Config, 'data' | 'gallery' | 'grants' | 'mqtt'>,
  packFolder: string,
  camera: Config['lanes'][number]['camera'] | undefined,
  credentials: string | undefined,
): Reach {
  const secrets = [data, credentials, gallery.key_file, grants.key_file, mqtt.password_file, mqtt.key_file];
  return {
    hide: secrets.flatMap(real),
    show: [packFolder, camera !== undefined && 'path' in camera ? camera.path : undefined].flatMap(real),
  };
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
