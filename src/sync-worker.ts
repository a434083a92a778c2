/** The sync process: looks for new galleries on schedule and on request. Its first line on stdin is the configuration of the box. */
import { createInterface } from 'node:readline';
import { pause } from './base/delay.js';
import { explain, TwinstileError } from './base/errors.js';
import { millis } from './base/units.js';
import type { SyncResult } from './fleet/sync/sync-gallery.js';
import { runOnSchedule } from './platform/on-schedule.js';
import { guardOutput } from './platform/output-guard.js';
import { systemClock } from './platform/system-clock.js';
import { expectFleet, openSyncDevice, type SyncWork } from './service/fleet/sync-device.js';
import { boxActs } from './service/setup/local-acts.js';

/** One JSON object in a line, for core. */
const send = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

function reportResult(result: SyncResult): void {
  const { leftOut = [], ...message } = { leftOut: undefined, ...result };
  send({ kind: 'result', ...message });
  const [first] = leftOut;
  if (first !== undefined)
    send({ kind: 'trouble', detail: `${leftOut.length} records of the gallery are left out. ${first.why}.` });
}

async function work(settings: SyncWork, stop: AbortController): Promise<(command: string) => void> {
  const { schedule: when, jitter_s } = expectFleet(settings);
  const device = await openSyncDevice({
    settings,
    env: process.env,
    acts: boxActs,
    onFault: (detail) => send({ kind: 'trouble', detail }),
  });
  let isBusy = false;
  let lastFault = '';
  const models = async (): Promise<void> => {
    try {
      const state = await device.models(stop.signal);
      if (state !== undefined) send({ kind: 'models', ...state });
      lastFault = '';
    } catch (error) {
      // What is in use stays in use; the next cycle goes on where this one was. The same again is no news.
      const detail = `models: ${explain(error)}`;
      if (!stop.signal.aborted && detail !== lastFault) send({ kind: 'trouble', detail });
      lastFault = detail;
    }
  };
  let isWanted = false;
  const pull = async (): Promise<void> => {
    // A request in the middle of a cycle may be about a version that this cycle has not seen.
    isWanted = true;
    if (isBusy) return;
    isBusy = true;
    while (isWanted && !stop.signal.aborted) {
      isWanted = false;
      try {
        reportResult(await device.cycle(stop.signal));
        await models();
      } catch (error) {
        // The gallery here stays; the next cycle comes anyway.
        const code = error instanceof TwinstileError ? error.code : 'internal';
        if (!stop.signal.aborted) send({ kind: 'failed', code, detail: explain(error) });
      }
    }
    isBusy = false;
  };
  const later = async (): Promise<void> => {
    await pause(millis(Math.random() * jitter_s * 1000), stop.signal);
    await pull();
  };
  const { zone } = settings;
  // Not waited for: the next time comes while a cycle is under way, and is one with the notices that do.
  const watching = runOnSchedule(
    { expression: when, zone },
    () => void later(),
    { clock: systemClock },
    stop.signal,
  );
  stop.signal.addEventListener('abort', () => {
    void (async () => {
      await watching;
      while (isBusy) await pause(millis(20));
      await device.close();
      process.exit(0);
    })();
  });
  void pull();
  return (command) => {
    if (command === 'pull') void pull();
  };
}

function start(): void {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  let commands: Promise<(command: string) => void> | undefined;
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (commands !== undefined) return void commands.then((obey) => obey(line));
    commands = work(JSON.parse(line) as SyncWork, stop);
    commands.catch((error: unknown) => {
      const code = error instanceof TwinstileError ? error.code : 'internal';
      send({ kind: 'failed', code, detail: explain(error) });
      process.exit(1);
    });
  });
  // Core is gone: the process ends with it.
  lines.on('close', () => stop.abort());
}

// Core notices its end by its pipes; an output that is no longer read does not end it.
guardOutput('goes-on');
start();
