/**
 * What a hostile program of this machine costs core's event loop through the unix socket.
 *
 *   node --import tsx bench/socket-flood.ts        [SECONDS=5]
 *
 * Each kind of flood comes from a process of its own, as fast as it can. Printed: the delay of the event loop of the process that
 * serves the socket (perf_hooks, sampled every 2 ms; 'no socket' is a program that only keeps a core busy), and how many frames of 33 ms a lane would have begun late by more than 10 ms.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serveLocalSocket } from '../src/platform/local-socket/local-server.js';
import { frameParts } from '../src/platform/local-socket/message-frames.js';
import { systemClock } from '../src/platform/system-clock.js';
import { CORE_FORMAT } from '../src/service/core-socket/core-messages.js';
import { serveCoreClient } from '../src/service/core-socket/core-session.js';

const SECONDS = Number(process.env.SECONDS ?? 5);
const FRAME_MS = 33;
const LATE_MS = 10;
const KINDS = ['nothing', 'no socket', 'connections', 'bytes', 'small writes', 'messages'] as const;

if (process.argv[2] === 'flood') flood(process.argv[3] as (typeof KINDS)[number], process.argv[4] ?? '');
else await measure();

async function measure(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinstile-flood-'));
  const at = path.join(folder, 'core.sock');
  let disconnected = 0;
  const core = {
    site: 'bench',
    lanes: ['north'],
    enroll: () => new Promise<never>(() => {}),
    dispute: () => Promise.reject(new Error('not here')),
    picture: () => Promise.reject(new Error('not here')),
    follow: () => Promise.reject(new Error('not here')),
  };
  const server = await serveLocalSocket({
    path: at,
    format: CORE_FORMAT,
    clock: systemClock,
    onConnection: (connection) => serveCoreClient(connection, core, () => {}),
    onFault: () => {
      disconnected += 1;
    },
  });
  process.stdout.write(`${'flood of'.padEnd(14)}    p50     p99     max   late frames   disconnected\n`);
  for (const kind of KINDS) {
    disconnected = 0;
    const child =
      kind === 'nothing'
        ? undefined
        : fork(fileURLToPath(import.meta.url), ['flood', kind, at], { execArgv: process.execArgv });
    // The child loads TypeScript first.
    await sleep(kind === 'nothing' ? 0 : 2000);
    const delay = monitorEventLoopDelay({ resolution: 2 });
    delay.enable();
    const late = await framesLate(SECONDS * 1000);
    delay.disable();
    child?.kill('SIGKILL');
    const ms = (nanoseconds: number): string => `${(nanoseconds / 1e6).toFixed(1)}`.padStart(8);
    process.stdout.write(
      `${kind.padEnd(14)}${ms(delay.percentile(50))}${ms(delay.percentile(99))}${ms(delay.max)}${`${late.late} of ${late.frames}`.padStart(14)}${`${disconnected}`.padStart(15)}\n`,
    );
    await sleep(2500);
  }
  await server.close();
  rmSync(folder, { recursive: true });
}

/** Counts the ticks of a lane's clock that came too late. */
async function framesLate(span: number): Promise<{ readonly frames: number; readonly late: number }> {
  const start = performance.now();
  let [frames, late] = [0, 0];
  while (performance.now() - start < span) {
    const due = performance.now() + FRAME_MS;
    await sleep(FRAME_MS);
    frames += 1;
    if (performance.now() - due > LATE_MS) late += 1;
  }
  return { frames, late };
}

function flood(kind: (typeof KINDS)[number], at: string): void {
  const message = Buffer.concat(frameParts(CORE_FORMAT, { kind: 'cancel', id: 'x' }));
  if (kind === 'no socket') for (;;);
  const again = (): void => {
    const socket = connect(at);
    socket.on('error', () => {});
    socket.once('close', () => setImmediate(again));
    socket.resume();
    if (kind === 'connections') socket.once('connect', () => socket.destroy());
    if (kind === 'bytes') socket.once('connect', () => pour(socket, Buffer.alloc(64 * 1024, 1)));
    if (kind === 'small writes') socket.once('connect', () => pour(socket, message.subarray(0, 3)));
    if (kind === 'messages') socket.once('connect', () => pour(socket, message));
  };
  for (let parallel = 0; parallel < 32; parallel += 1) again();
}

function pour(socket: ReturnType<typeof connect>, bytes: Buffer): void {
  if (socket.destroyed) return;
  if (socket.write(bytes)) setImmediate(() => pour(socket, bytes));
  else socket.once('drain', () => pour(socket, bytes));
}
