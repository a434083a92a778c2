import { dirname, resolve } from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { readPlainText } from '../../platform/plain-file.js';
import { type Config, configSchema } from './config-schema.js';
import { parseConfig } from './parse-config.js';
import { resolvePaths } from './resolve-paths.js';

/** Largest file, in bytes: a thousand lanes take less. */
const MAX_CONFIG = 4 * 1024 * 1024;

/**
 * Reads a configuration file; relative paths in it are resolved against its folder.
 * @throws TwinstileError 'config-invalid'.
 */
export async function loadConfig(file: string): Promise<Config> {
  let text: string;
  try {
    text = await readPlainText(file, { maxBytes: MAX_CONFIG });
  } catch (cause) {
    throw new TwinstileError({
      code: 'config-invalid',
      message: `Expected a configuration file, got none that can be read at ${file}.`,
      hint: 'Copy config/example.yaml there, or name another one with --config.',
      cause,
    });
  }
  return resolvePaths(configSchema, parseConfig(text), dirname(resolve(file)));
}
