/** A vision process seen from core: its pipes, its messages, its end. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pause } from '../../base/delay.js';
import { explain } from '../../base/errors.js';
import { keepBack } from '../../base/shown-address.js';
import { type Millis, millis } from '../../base/units.js';
import { frameMessage, MessageDecoder, REPORT_LIMITS } from './framing.js';
import { readLines } from './log-lines.js';
import { limitReportRate } from './report-rate-limit.js';
import { decodeReport, type Heard } from './vision-reports.js';
import type { Request } from './vision-requests.js';

/** How the process is started. */
export interface Start {
  /** Program and arguments, e.g. [process.execPath, ...process.execArgv, '/…/vision-worker.js']. */
  readonly command: readonly [string, ...string[]];
  /** The whole environment: no keys, no logins. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Numbers per embedding, from the pack's card. */
  readonly dimension: number;
  /** Hears each line that the process writes to stdout or stderr. */
  readonly onLine: (line: string) => void;
  /** Addresses and pipelines that it is given: nothing of their logins gets into lines and reports. */
  readonly secrets?: readonly string[];
}

export interface Child {
  readonly pid: number | undefined;
  /** Resolves with the cause once the process is gone and nothing more will be heard of it. Never rejects. */
  readonly gone: Promise<string>;
  send(request: Request, payload?: Uint8Array): void;
  /** SIGKILL, now; nothing is heard afterwards. */
  kill(cause: string): void;
  /** Asks it to end, and kills it after a second. Nothing is heard afterwards. */
  stop(): Promise<void>;
}

/** Time to end by itself. Nothing in there needs saving. */
const GRACE = millis(1000);
/** A killed process that hangs in a driver may stay; nobody waits for it longer. */
const AFTER_KILL = millis(1000);
/** What was written just before the end is still read, but not waited for any longer. */
const LAST_WORDS = millis(200);

/** @param onHeard may throw: the process is killed then, and the error's words are the cause. */
export function startChild(
  { command, env, dimension, onLine, secrets = [] }: Start,
  onHeard: (heard: Heard) => void,
): Child {
  const [program, ...args] = command;
  const child = spawn(program, args, { env: { ...env }, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  const { stdin, stdout, stderr } = child;
  const reports = child.stdio[3] as Readable;
  let deaf = false;
  let cause: string | undefined;

  const kill = (because: string): void => {
    cause ??= because;
    deaf = true;
    child.kill('SIGKILL');
  };

  const clean = keepBack(secrets);
  const decoder = new MessageDecoder(REPORT_LIMITS);
  const bound = limitReportRate();
  reports.on('data', (chunk: Buffer) => {
    try {
      // Asked before each message: the one before may have ended it.
      bound(chunk.length, performance.now());
      for (const message of decoder.push(chunk)) {
        if (deaf) break;
        bound(0, performance.now());
        onHeard(cleaned(decodeReport(message, dimension), clean));
      }
    } catch (error) {
      // Whatever it is, this process cannot be believed any more; the supervisor replaces it.
      if (!deaf) kill(clean(explain(error)));
    }
  });
  const closed = new Promise<void>((resolve) => reports.once('close', () => resolve()));
  // Both pipes break when the process dies, which 'exit' tells better.
  reports.on('error', () => {});
  stdin.on('error', () => {});
  // FFmpeg and OpenCV repeat the address that they could not open.
  readLines(stdout, (line) => onLine(clean(line)));
  readLines(stderr, (line) => onLine(clean(line)));

  const { pid } = child;
  if (pid !== undefined) void volunteerForOom(pid);

  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(`it could not be started: ${error.message}`);
    });
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`);
    });
  });
  const gone = exited.then(async (how) => {
    if (!deaf && pid !== undefined) await endsWithin(LAST_WORDS, closed);
    deaf = true;
    for (const stream of [stdin, stdout, stderr, reports]) stream.destroy();
    return cause ?? how;
  });

  return {
    pid,
    gone,
    send: (request, payload) => {
      if (deaf || stdin.destroyed) return;
      for (const part of frameMessage(request, payload)) stdin.write(part);
    },
    kill,
    stop: async () => {
      deaf = true;
      if (!stdin.destroyed) stdin.end(Buffer.concat(frameMessage({ kind: 'stop' } satisfies Request)));
      if (await endsWithin(GRACE, exited)) return;
      kill('it did not stop when asked');
      await endsWithin(AFTER_KILL, exited);
    },
  };
}

/** What it says in words; its numbers stay what they are. */
function cleaned(heard: Heard, clean: (text: string) => string): Heard {
  const ifSaid = (text: string | undefined) => (text === undefined ? undefined : clean(text));
  if (heard.kind === 'camera') return { ...heard, detail: ifSaid(heard.detail) };
  if (heard.kind === 'pass' && heard.result.kind === 'no-picture')
    return { ...heard, result: { ...heard.result, detail: clean(heard.result.detail) } };
  if (heard.kind !== 'failed') return heard;
  return { ...heard, message: clean(heard.message), hint: ifSaid(heard.hint) };
}

async function endsWithin(limit: Millis, exited: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  try {
    return await Promise.race([exited.then(() => true), pause(limit, timer.signal).then(() => false)]);
  } finally {
    timer.abort();
  }
}

/** When memory runs out the eye dies before core does: it comes back within seconds, and the gate stays shut meanwhile. */
async function volunteerForOom(pid: number): Promise<void> {
  try {
    await writeFile(`/proc/${pid}/oom_score_adj`, '500');
  } catch {
    // Best effort: a sandbox may forbid it, and the process may already be gone.
  }
}
