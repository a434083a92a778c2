/** Checks the machine: disk, clock, sandbox, and telemetry of ONNX Runtime. */
import { execFile } from 'node:child_process';
import { open, rm, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { freeSpace, isFullNow } from '../../platform/folders.js';
import { isTimeSynchronised, RELEASED } from '../../platform/time-sync.js';
import { NO_TELEMETRY } from '../../vision/onnx/no-telemetry.js';
import { SANDBOXED } from '../setup/sandbox-policy.js';
import { type Check, type Finding, good, warning, wrong } from './finding.js';

const DISK = 'disk';
const ROUNDS = 20;
/** A grant is written to disk before it is sent: twice this is half of the delay that a person perceives as immediate. */
const SLOW_MS = 100;
/** The journal times out after 2 s. */
const USELESS_MS = 1000;

/** Checks the free space and how long the disk takes to sync a write. */
export const checkDisk: Check = {
  about: DISK,
  async look({ config: { data_dir: data } }) {
    const free = await freeSpace(data);
    if (free === undefined)
      return [
        wrong(
          DISK,
          `There is no folder ${data}.`,
          'Create it for the service’s user, or start the service once.',
        ),
      ];
    const room = isFullNow(false, free)
      ? wrong(
          DISK,
          `${mb(free)} MB free in ${data}.`,
          'Make room: below 50 MB the lanes say disk-full, without room the gates stay shut.',
        )
      : good(DISK, `${mb(free)} MB free in ${data}.`);
    const spans = await syncTimes(path.join(data, `.doctor-${process.pid}`));
    const typical = spans[Math.floor(spans.length / 2)] ?? 0;
    const worst = spans.at(-1) ?? 0;
    const detail = `A synced write takes ${typical.toFixed(1)} ms, at worst ${worst.toFixed(1)} ms.`;
    const change = 'Use an SSD or an industrial SD card: each grant waits for one synced write.';
    if (worst > USELESS_MS) return [room, wrong(DISK, detail, change)];
    return [room, typical > SLOW_MS ? warning(DISK, detail, change) : good(DISK, detail)];
  },
};

const mb = (bytes: number): string => Math.floor(bytes / 1e6).toLocaleString('en-US');

/** In ms, ascending. */
async function syncTimes(file: string): Promise<readonly number[]> {
  const handle = await open(file, 'wx', 0o600);
  try {
    const spans: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const start = performance.now();
      await handle.write(Buffer.alloc(4096, round));
      await handle.sync();
      spans.push(performance.now() - start);
    }
    return spans.sort((a, b) => a - b);
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}

const CLOCK = 'clock';
const SET_IT = 'Install a time service (apt-get install systemd-timesyncd) and let it reach its server.';

/** Checks that the box's clock is synchronized. @param isSynchronised undefined when it cannot be determined. */
export const checkClock = (
  isSynchronised: () => Promise<boolean | undefined> = isTimeSynchronised,
): Check => ({
  about: CLOCK,
  async look({ clock }) {
    const now = clock.wall();
    const time = new Date(now).toISOString();
    if (!(now >= RELEASED))
      return [wrong(CLOCK, `It shows ${time}, which is before this version was made.`, SET_IT)];
    const isSet = await isSynchronised();
    if (isSet === true) return [good(CLOCK, `${time}, synchronised.`)];
    const detail =
      isSet === false ? `${time}, not synchronised.` : `${time}; nobody here can tell whether it is right.`;
    return [warning(CLOCK, detail, `${SET_IT} Validity dates and schedules rest on it.`)];
  },
});

const SANDBOX = 'sandbox';

/** Checks that the vision process can be isolated from keys and gallery. */
export const checkSandbox: Check = {
  about: SANDBOX,
  look: () =>
    new Promise((resolve) => {
      execFile(SANDBOXED, ['--check'], { timeout: 3000 }, (error, stdout) =>
        resolve([
          error === null
            ? good(SANDBOX, `${stdout.trim()}: the vision processes cannot reach keys and gallery.`)
            : warning(
                SANDBOX,
                `The vision processes run without a wall: ${stdout.trim() || error.message}`,
                'Use Linux 5.13 or newer with Landlock, and install perl-base.',
              ),
        ]),
      );
    }),
};

const TELEMETRY = 'telemetry';
/** Folder in which ONNX Runtime keeps events until it uploads them, inside a user's cache folder. */
const EVENTS = 'Microsoft/DeveloperTools/.onnxruntime';
/** Modified with each event; the journal is written before the file itself. */
const WRITTEN = ['onnxruntime.db', 'onnxruntime.db-wal', 'onnxruntime.db-journal'];

/**
 * Checks whether any process on this box still collects events for the telemetry of ONNX Runtime.
 * Runs last, when every network of this box has been loaded. @param since start of the examination, ms since 1970.
 */
export const checkTelemetry = (since: number = performance.timeOrigin): Check => ({
  about: TELEMETRY,
  async look({ config, env }) {
    if (process.env[NO_TELEMETRY] !== '1')
      return [
        wrong(
          TELEMETRY,
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
              TELEMETRY,
              `Events for the maker of ONNX Runtime are being written to ${place}.`,
              `Find the program that does so and start it with ${NO_TELEMETRY}=1, then remove the folder.`,
            )
          : warning(
              TELEMETRY,
              `Events for the maker of ONNX Runtime, from before, are in ${place}.`,
              `Remove them: rm -r '${place}'. This version writes none.`,
            ),
      );
    }
    return found.length > 0
      ? found
      : [good(TELEMETRY, 'Off: no events for the maker of ONNX Runtime are kept.')];
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
