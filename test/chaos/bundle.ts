/** Programs of the suite as one plain file each: a process that is killed 200 times must start in a tenth of a second. */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Scope } from './scope.js';

const programs = fileURLToPath(new URL('./programs', import.meta.url));
/** Inside the project, so that installed packages are found from there. */
const folder = fileURLToPath(new URL('../../node_modules/.cache/twinstile-chaos', import.meta.url));

/** @param name a file in programs/. @returns what to run with `node`. */
export async function bundled(scope: Scope, name: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const outfile = path.join(folder, `${name}-${process.pid}-${Date.now()}.mjs`);
  await build({
    entryPoints: [path.join(programs, `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  });
  scope.after(() => rm(outfile, { force: true }));
  return outfile;
}
