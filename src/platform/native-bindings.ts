/** Looks at the compiled parts that this program needs without loading them, so that what is wrong with them is one sentence. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TwinstileError } from '../base/errors.js';

/** Below the folder of the packages; a star is one folder of any name. */
const BINDINGS: Readonly<Record<string, string>> = {
  OpenCV: '.twinstile/opencv.node',
  SQLite: 'sqlite3/build/Release/node_sqlite3.node',
  'ONNX Runtime': `onnxruntime-node/bin/*/${process.platform}/${process.arch}/onnxruntime_binding.node`,
};
const PACKAGES = fileURLToPath(new URL('../../node_modules/', import.meta.url));
/** How a binding that is bound to one version of Node.js names itself; those over Node-API fit all. */
const BOUND = /node_register_module_v(\d+)/;

/**
 * @param packages folder of the npm packages. @param abi of the Node.js that runs: process.versions.modules.
 * @returns 'setup-incomplete' for the first that is missing or was built for another Node.js; undefined when all fit.
 */
export function faultOfBindings(
  packages: string = PACKAGES,
  abi: string = process.versions.modules,
): TwinstileError | undefined {
  for (const [name, place] of Object.entries(BINDINGS)) {
    const bytes = readBinding(packages, place);
    if (bytes === undefined)
      return unfit(
        `The binding to ${name} is missing (${path.join(packages, place)}).`,
        'Run ./scripts/setup in the project folder, or install the package of this program again.',
      );
    const built = BOUND.exec(bytes.toString('latin1'))?.[1];
    if (built !== undefined && built !== abi)
      return unfit(
        `The binding to ${name} was built for a Node.js with ABI ${built}, and this one (${process.versions.node}) has ABI ${abi}.`,
        'Start twinstile with the Node.js that it was set up with (scripts/start does), or run ./scripts/setup again.',
      );
  }
  return undefined;
}

function readBinding(packages: string, place: string): Buffer | undefined {
  const [before = '', after] = place.split('*');
  const files =
    after === undefined
      ? [place]
      : foldersIn(path.join(packages, before)).map((one) => `${before}${one}${after}`);
  for (const file of files)
    try {
      return readFileSync(path.join(packages, file));
    } catch {
      // Another folder may hold it; if none does, it is missing.
    }
  return undefined;
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const unfit = (message: string, hint: string): TwinstileError =>
  new TwinstileError({ code: 'setup-incomplete', message, hint });
