/** Checks whether any process on this box still collects events for the telemetry of ONNX Runtime. */
import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { NO_TELEMETRY } from '../../vision/onnx/no-telemetry.js';
import { type Check, type Finding, good, warning, wrong } from './finding.js';

const ABOUT = 'telemetry';
/** Folder in which ONNX Runtime keeps events until it uploads them, inside a user's cache folder. */
const EVENTS = 'Microsoft/DeveloperTools/.onnxruntime';
/** Modified with each event; the journal is written before the file itself. */
const WRITTEN = ['onnxruntime.db', 'onnxruntime.db-wal', 'onnxruntime.db-journal'];

/** Runs last, when every network of this box has been loaded. @param since start of the examination, ms since 1970. */
export const checkTelemetry = (since: number = performance.timeOrigin): Check => ({
  about: ABOUT,
  async look({ config, env }) {
    if (process.env[NO_TELEMETRY] !== '1')
      return [
        wrong(
          ABOUT,
          `ONNX Runtime reports to its maker: ${NO_TELEMETRY} is not 1 in this process.`,
          'Install the release anew: it sets the variable itself before it loads a network.',
        ),
      ];
    const found: Finding[] = [];
    for (const folder of cachesOf(config.data_dir, env)) {
      const last = await lastWritten(path.join(folder, EVENTS));
      if (last === undefined) continue;
      const place = path.join(folder, EVENTS);
      found.push(
        last > since
          ? wrong(
              ABOUT,
              `Events for the maker of ONNX Runtime are being written to ${place}.`,
              `Find the program that does so and start it with ${NO_TELEMETRY}=1, then remove the folder.`,
            )
          : warning(
              ABOUT,
              `Events for the maker of ONNX Runtime, from before, are in ${place}.`,
              `Remove them: rm -r '${place}'. This version writes none.`,
            ),
      );
    }
    return found.length > 0 ? found : [good(ABOUT, 'Off: no events for the maker of ONNX Runtime are kept.')];
  },
});

/** The home of the service's user is its data folder. */
function cachesOf(data: string, { HOME, XDG_CACHE_HOME }: NodeJS.ProcessEnv): readonly string[] {
  const homes = [HOME, userInfo().homedir, data].flatMap((home) =>
    home === undefined || home === '' ? [] : [path.join(path.resolve(home), '.cache')],
  );
  return [...new Set(XDG_CACHE_HOME === undefined ? homes : [path.resolve(XDG_CACHE_HOME), ...homes])];
}

async function lastWritten(folder: string): Promise<number | undefined> {
  const times = await Promise.all(
    WRITTEN.map((name) =>
      stat(path.join(folder, name)).then(
        ({ mtimeMs }) => mtimeMs,
        // Most boxes have none, and another user's home cannot be read.
        () => undefined,
      ),
    ),
  );
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
