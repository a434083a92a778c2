/**
 * Reports the state of the service to systemd (sd_notify): readiness, status, watchdog pings.
 *
 * Node cannot make unix datagram sockets. scripts/with-notify opens and connects one before this program starts; what is
 * written to its descriptor is one datagram each, from the main process itself. systemd needs NotifyAccess=main only.
 */
import { write } from 'node:fs';
import { explain } from '../base/errors.js';
import { createLogOnce } from '../base/limited-reports.js';
import { type Millis, millis } from '../base/units.js';

export interface Notifier {
  /** Half of what the unit allows between two pings; absent when it asks for none. */
  readonly pingEvery?: Millis;
  /** Everything is up: systemd may start what waits for this service. */
  ready(status: string): Promise<void>;
  status(text: string): Promise<void>;
  /** The settings are being read again; `ready` ends it, whatever came of it. */
  reloading(): Promise<void>;
  /** Still making progress. */
  ping(): Promise<void>;
  stopping(): Promise<void>;
}

interface Settings {
  /** The environment the service was started with. */
  readonly env: NodeJS.ProcessEnv;
  readonly pid: number;
  /** CLOCK_MONOTONIC in ns, as process.hrtime.bigint() has it: by it systemd distinguishes an old READY from a new one. */
  readonly uptime?: () => bigint;
  /** Called once for each row of failures. */
  readonly onFault?: (detail: string) => void;
}

/** systemd reads one line; `systemctl status` shows about this much. */
const MAX_STATUS = 200;

/** Outside of systemd everything is silence. Nothing here ever rejects. */
export function openNotifier({ env, pid, uptime = process.hrtime.bigint, onFault }: Settings): Notifier {
  const { TWINSTILE_NOTIFY_FD: descriptor, NOTIFY_SOCKET } = env;
  const fd = Number(descriptor);
  if (descriptor === undefined || !Number.isSafeInteger(fd) || fd < 3) {
    if (NOTIFY_SOCKET !== undefined)
      onFault?.('There is a NOTIFY_SOCKET, but no descriptor for it. Start through scripts/with-notify.');
    return silent;
  }
  const faults = createLogOnce((error) => onFault?.(explain(error)));
  const send = (...assignments: readonly string[]): Promise<void> =>
    new Promise((resolve) => {
      // The socket does not block: a systemd that does not read must not hold this process up.
      write(fd, assignments.join('\n'), (error) => {
        if (error === null) faults.succeeded();
        else faults.failed(error);
        resolve();
      });
    });
  const pingEvery = pingInterval(env, pid);
  return {
    pingEvery,
    ready: (status) => send('READY=1', statusLine(status)),
    status: (text) => send(statusLine(text)),
    reloading: () => send('RELOADING=1', `MONOTONIC_USEC=${uptime() / 1000n}`),
    ping: () => send('WATCHDOG=1'),
    stopping: () => send('STOPPING=1'),
  };
}

/** Half of WATCHDOG_USEC, as sd_watchdog_enabled(3) advises. @returns undefined when no or another process is watched. */
export function pingInterval(
  { WATCHDOG_USEC, WATCHDOG_PID }: NodeJS.ProcessEnv,
  pid: number,
): Millis | undefined {
  const microseconds = Number(WATCHDOG_USEC);
  if (!(microseconds > 0)) return undefined;
  if (WATCHDOG_PID !== undefined && Number(WATCHDOG_PID) !== pid) return undefined;
  return millis(microseconds / 2000);
}

/** Line breaks would start another assignment. */
const statusLine = (text: string): string =>
  `STATUS=${text.replace(/\s+/g, ' ').trim().slice(0, MAX_STATUS)}`;

const nothing = async (): Promise<void> => {};
const silent: Notifier = {
  ready: nothing,
  status: nothing,
  reloading: nothing,
  ping: nothing,
  stopping: nothing,
};
