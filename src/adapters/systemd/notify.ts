/**
 * Tells systemd how the service is (sd_notify).
 *
 * Node has no unix datagram sockets, so each message goes out through systemd's own `systemd-notify`: about 9 ms of one
 * core, once every WATCHDOG_USEC / 2, and it waits until systemd has read the message, so that it is still known whose
 * child it was. The unit needs NotifyAccess=all for that.
 */
import { execFile } from 'node:child_process';
import { type Millis, millis } from '../../base/units.js';

export interface Notifier {
  /** Half of what the unit allows between two pings; absent when it asks for none. */
  readonly pingEvery?: Millis;
  /** Everything is up: systemd may start what waits for this service. */
  ready(status: string): Promise<void>;
  status(text: string): Promise<void>;
  /** Still making progress. */
  ping(): Promise<void>;
  stopping(): Promise<void>;
}

interface Settings {
  /** The environment the service was started with. */
  readonly env: NodeJS.ProcessEnv;
  readonly pid: number;
  /** Called once for each row of failures. */
  readonly onTrouble?: (detail: string) => void;
  /** Absent: the one on the PATH. */
  readonly program?: string;
}

/** systemd reads one line; `systemctl status` shows about this much. */
const LONGEST_STATUS = 200;
/** Shorter than any sensible ping: a systemd that does not read must not leave a row of processes behind. */
const LIMIT_MS = 2000;

/** Outside of systemd (no NOTIFY_SOCKET) everything is silence. Nothing here ever rejects. */
export function openNotifier({ env, pid, onTrouble, program = 'systemd-notify' }: Settings): Notifier {
  const { NOTIFY_SOCKET: socket, PATH } = env;
  if (socket === undefined || socket === '') return silent;
  let isTroubled = false;
  const send = (...assignments: readonly string[]): Promise<void> =>
    new Promise((resolve) => {
      const options = {
        env: { NOTIFY_SOCKET: socket, PATH },
        timeout: LIMIT_MS,
        killSignal: 'SIGKILL' as const,
      };
      execFile(program, [...assignments], options, (error) => {
        if (error !== null && !isTroubled) onTrouble?.(error.message);
        isTroubled = error !== null;
        resolve();
      });
    });
  const pingEvery = pingInterval(env, pid);
  return {
    ...(pingEvery === undefined ? {} : { pingEvery }),
    ready: (status) => send('READY=1', statusLine(status)),
    status: (text) => send(statusLine(text)),
    ping: () => send('WATCHDOG=1'),
    stopping: () => send('STOPPING=1'),
  };
}

/** Half of WATCHDOG_USEC, as sd_watchdog_enabled(3) advises. @returns undefined when nobody or another process is watched. */
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
  `STATUS=${text.replace(/\s+/g, ' ').trim().slice(0, LONGEST_STATUS)}`;

const nothing = async (): Promise<void> => {};
const silent: Notifier = { ready: nothing, status: nothing, ping: nothing, stopping: nothing };
