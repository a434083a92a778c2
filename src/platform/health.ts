/** Asks the machine how it is, gently enough for once a minute: about 30 ms of one core. */
import { readFile, statfs } from 'node:fs/promises';
import { uptime } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import si from 'systeminformation';
import { compact } from '../base/compact.js';
import { within } from '../base/delay.js';
import { TwinstileError } from '../base/errors.js';
import { type Millis, millis } from '../base/units.js';
import type { Health, LoopDelay } from './health-port.js';

interface HealthQuestions {
  /** Folder whose disk counts. */
  readonly folder: string;
  /** Other processes whose memory counts, such as vision. */
  readonly pids?: readonly number[];
  /** Who answers; absent: this machine. */
  readonly sources?: Partial<HealthSources>;
}

/** One question each, so that one that hangs or fails takes no other with it. */
export interface HealthSources {
  /** 0..100 */
  readonly load: () => Promise<number>;
  /** null where there is no sensor. */
  readonly temperature: () => Promise<number | null>;
  readonly availableMemory: () => Promise<number>;
  readonly residentOf: (pid: number) => Promise<number>;
  readonly diskFree: (folder: string) => Promise<number>;
}

/** A network disk that hangs, or a sensor behind a busy bus, must not hold the report up. */
const LIMIT: Millis = millis(3000);

const machine: HealthSources = {
  load: async () => (await si.currentLoad()).currentLoad,
  temperature: async () => (await si.cpuTemperature()).main,
  availableMemory: async () => (await si.mem()).available,
  residentOf,
  diskFree: async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

/** What can be learned within 3 s; the rest is left out. Never throws. */
export async function readHealth({ folder, pids = [], sources = {} }: HealthQuestions): Promise<Health> {
  const ask = { ...machine, ...compact(sources) };
  const [load, temperature, available, diskFree, ...resident] = await Promise.all([
    known(ask.load()),
    known(ask.temperature()),
    known(ask.availableMemory()),
    known(ask.diskFree(folder)),
    ...pids.map(async (pid) => [pid, await known(ask.residentOf(pid))] as const),
  ]);
  const others = Object.fromEntries(
    resident.flatMap(([pid, bytes]) => (bytes === undefined ? [] : [[pid, bytes]])),
  );
  return compact({
    memory: {
      own: process.memoryUsage.rss(),
      others,
      available,
    },
    cpuLoad: load === undefined ? undefined : Math.min(1, Math.max(0, load / 100)),
    temperature,
    diskFree,
    uptime: Math.round(uptime()),
  });
}

/** The number, if it came in time and is one. */
async function known(answer: Promise<number | null>): Promise<number | undefined> {
  try {
    const value = await within(LIMIT, answer, tooLate);
    return value !== null && Number.isFinite(value) ? value : undefined;
  } catch {
    // Each machine lacks some of these; a missing number is visible in the report.
    return undefined;
  }
}

/** From /proc, because asking `ps` for one number lists every process of the machine. Bytes. */
async function residentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

const tooLate = (): TwinstileError =>
  new TwinstileError({
    code: 'internal',
    message: `The machine did not report a number within ${LIMIT} ms.`,
  });

export interface EventLoopWatch {
  /** Since the last time, which is forgotten by that; absent when nothing was measured. */
  take(): LoopDelay | undefined;
  close(): void;
}

const RESOLUTION_MS = 10;

/** How late does this process come to what it has to do? A timer every 10 ms in native code: well below 0.1 % of one core. */
export function watchEventLoop(): EventLoopWatch {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // What is recorded is the whole time between two ticks.
  const late = (nanoseconds: number): number =>
    Math.max(0, Math.round((nanoseconds / 1e6 - RESOLUTION_MS) * 10) / 10);
  return {
    take() {
      if (histogram.count === 0) return undefined;
      const { max } = histogram;
      const [p50, p99] = [histogram.percentile(50), histogram.percentile(99)];
      histogram.reset();
      return { p50: late(p50), p99: late(p99), max: late(max) };
    },
    close: () => void histogram.disable(),
  };
}
