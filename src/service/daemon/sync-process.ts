/** Keeps the sync process running, requests cycles, and receives their results. */
import { z } from 'zod';
import { type Backoff, delayAfter, pause } from '../../base/delay.js';
import { millis } from '../../base/units.js';
import type { Log } from '../../platform/log.js';
import { spawnWorker } from '../../platform/spawn-worker.js';
import type { Config } from '../config/config-schema.js';
import { siteZone } from '../config/sections/access-section.js';
import type { SyncSettings, SyncWork } from '../fleet/sync-device.js';

const messageOfWorker = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('result'), result: z.enum(['unchanged', 'applied']), serial: z.int() }),
  z.strictObject({ kind: z.literal('failed'), code: z.string(), detail: z.string() }),
  z.looseObject({ kind: z.literal('models'), release: z.int(), phase: z.string() }),
  z.strictObject({ kind: z.literal('trouble'), detail: z.string() }),
]);

export interface SyncProcess {
  /** Requests a cycle now. */
  pull(): void;
  /** Runs until the signal aborts; a process that ends is replaced. */
  run(signal: AbortSignal): Promise<void>;
}

const RETRY: Backoff = { first: millis(1000), factor: 2, longest: millis(60_000) };
/** Grace period for a running cycle at the end: an interrupted cycle resumes at the same point. */
const GRACE_MS = 2000;
const MAX_LINE = 10_000;

export function createSyncProcess(
  settings: SyncSettings & Pick<Config, 'access'>,
  env: NodeJS.ProcessEnv,
  log: Log,
): SyncProcess {
  const { site, data_dir: data, gallery, models } = settings;
  const work: SyncWork = { site, data_dir: data, gallery, models, zone: siteZone(settings) };
  let order: (text: string) => void = () => {};
  let lastFailure = '';
  const onLine = (line: string): void => {
    const message = parse(line.slice(0, MAX_LINE));
    if (message === undefined) log.debug({ line: line.slice(0, 200) }, 'sync');
    else if (message.kind === 'trouble') log.warn({ detail: message.detail }, 'sync');
    // The result is reported by the service that switches.
    else if (message.kind === 'models') log.debug(message, 'sync');
    else if (message.kind === 'failed') {
      // The same result every 30 s is not logged again.
      if (message.detail !== lastFailure)
        log.error({ code: message.code, detail: message.detail }, 'sync failed; the gallery here stays');
      lastFailure = message.detail;
    } else {
      if (lastFailure !== '' || message.result === 'applied') log.info(message, 'sync');
      lastFailure = '';
    }
  };
  const runOnce = async (signal: AbortSignal): Promise<void> => {
    const worker = spawnWorker({ name: 'sync-worker', env, onLine, graceMs: GRACE_MS }, signal);
    worker.send(JSON.stringify(work));
    order = worker.send;
    await worker.exited;
    order = () => {};
  };
  return {
    pull: () => order('pull'),
    async run(signal) {
      for (let failures = 0; !signal.aborted; ) {
        const start = performance.now();
        await runOnce(signal);
        if (signal.aborted) return;
        failures = performance.now() - start > RETRY.longest ? 1 : failures + 1;
        log.warn({ failures }, 'the sync process ended and is started again');
        await pause(delayAfter(failures, RETRY), signal);
      }
    },
  };
}

function parse(line: string): z.infer<typeof messageOfWorker> | undefined {
  try {
    return messageOfWorker.safeParse(JSON.parse(line)).data;
  } catch {
    // Ignores other lines that a library printed there.
    return undefined;
  }
}
