/** The real core, as built, watched through its log and /proc. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'hdr-histogram-js';
import { systemClock } from '../src/platform/system-clock.js';
import { residentOf } from './memory.js';

export interface CoreTimes {
  readonly grants: number;
  readonly notOpened: number;
  /** From the picture that decided until the gate acknowledged, in ms. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly longest: number;
  /** From the start until the lane could open, in ms. */
  readonly ready: number;
  /** Most resident MB. */
  readonly core: number;
  readonly vision: number;
}

interface Line {
  readonly msg?: string;
  readonly verdict?: string;
  readonly gate?: string;
  readonly picture_to_ack_ms?: number;
  readonly degraded?: readonly string[];
  readonly kind?: string;
  readonly pid?: number;
}

const LOOK_EVERY_MS = 500;

export async function watchCore(config: string, signal: AbortSignal): Promise<CoreTimes> {
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  const start = systemClock.monotonic();
  const child = spawn(process.execPath, [main, 'run', '-c', config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  // Tenths of a millisecond.
  const histogram = build({ numberOfSignificantValueDigits: 3 });
  const memory = { core: 0, vision: 0 };
  let visionPid: number | undefined;
  let notOpened = 0;
  let ready = 0;
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    if (line.kind === 'vision-ready') visionPid = line.pid;
    if (line.msg === 'state' && line.degraded?.length === 0) ready ||= systemClock.monotonic() - start;
    if (line.msg !== 'decision' || line.verdict !== 'granted') return;
    if (line.picture_to_ack_ms === undefined) notOpened += 1;
    else histogram.recordValue(Math.max(1, Math.round(line.picture_to_ack_ms * 10)));
  });
  const timer = setInterval(() => {
    memory.core = Math.max(memory.core, residentOf(child.pid ?? 0));
    if (visionPid !== undefined) memory.vision = Math.max(memory.vision, residentOf(visionPid));
  }, LOOK_EVERY_MS);
  if (!signal.aborted) await Promise.race([once(signal, 'abort'), ended]);
  clearInterval(timer);
  child.kill('SIGTERM');
  await ended;
  const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / 10;
  return {
    grants: histogram.totalCount,
    notOpened,
    p50: at(50),
    p95: at(95),
    p99: at(99),
    longest: histogram.maxValue / 10,
    ready,
    ...memory,
  };
}
