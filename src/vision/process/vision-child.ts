/** Runs a vision process from core: its pipes, its messages, its end. */
import { type ChildProcessWithoutNullStreams as Process, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pause } from '../../base/delay.js';
import { explain } from '../../base/errors.js';
import { keepBack } from '../../base/shown-address.js';
import { type Millis, millis } from '../../base/units.js';
import { frameMessage, MessageDecoder, REPORT_LIMITS } from './framing.js';
import { limitReportRate, readLines } from './output-limits.js';
import { decodeReport, type ProcessReport } from './vision-reports.js';
import type { VisionRequest } from './vision-requests.js';

/** How the process is started. */
export interface ProcessStart {
  /** Program and arguments, e.g. [process.execPath, ...process.execArgv, '/…/vision-worker.js']. */
  readonly command: readonly [string, ...string[]];
  /** The whole environment: no keys, no logins. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Numbers per embedding, from the pack's card. */
  readonly dimension: number;
  /** Receives each line that the process writes to stdout or stderr. */
  readonly onLine: (line: string) => void;
  /** Addresses and pipelines that it is given: nothing of their logins gets into lines and reports. */
  readonly secrets?: readonly string[];
}

export interface VisionChild {
  readonly pid: number | undefined;
  /** Resolves with the cause once the process is gone and nothing more is received from it. Never rejects. */
  readonly gone: Promise<string>;
  send(request: VisionRequest, payload?: Uint8Array): void;
  /** SIGKILL, now; nothing is received afterwards. */
  kill(cause: string): void;
  /** Asks it to end, and kills it after a second. Nothing is received afterwards. */
  stop(): Promise<void>;
}

/** Time to end by itself. Nothing in there needs saving. */
const GRACE = millis(1000);
/** A killed process that hangs in a driver may stay; it is not waited for any longer. */
const AFTER_KILL = millis(1000);
/** What was written just before the end is still read, but not waited for any longer. */
const LAST_REPORTS = millis(200);

/** @param onReport may throw: the process is killed then, and the error's message is the cause. */
export function startChild(start: ProcessStart, onReport: (report: ProcessReport) => void): VisionChild {
  return new ChildProcess(start, onReport);
}

class ChildProcess implements VisionChild {
  readonly gone: Promise<string>;
  readonly #process: Process;
  readonly #reports: Readable;
  /** How it ended. */
  readonly #exited: Promise<string>;
  /** Whether its reports are still received. */
  #isReceiving = true;
  #cause: string | undefined;

  constructor(start: ProcessStart, onReport: (report: ProcessReport) => void) {
    const [program, ...args] = start.command;
    this.#process = spawn(program, args, { env: { ...start.env }, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
    this.#reports = this.#process.stdio[3] as Readable;
    this.#receive(start, onReport);
    this.#forwardLines(start);
    // The pipe breaks when the process dies, which 'exit' reports better.
    this.#process.stdin.on('error', () => {});
    if (this.pid !== undefined) void volunteerForOom(this.pid);
    this.#exited = exitOf(this.#process);
    const closed = new Promise<void>((resolve) => this.#reports.once('close', () => resolve()));
    this.gone = this.#exited.then((how) => this.#onExit(how, closed));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  send(request: VisionRequest, payload?: Uint8Array): void {
    const { stdin } = this.#process;
    if (!this.#isReceiving || stdin.destroyed) return;
    for (const part of frameMessage(request, payload)) stdin.write(part);
  }

  kill(cause: string): void {
    this.#cause ??= cause;
    this.#isReceiving = false;
    this.#process.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.#isReceiving = false;
    const { stdin } = this.#process;
    if (!stdin.destroyed) stdin.end(Buffer.concat(frameMessage({ kind: 'stop' } satisfies VisionRequest)));
    if (await endsWithin(GRACE, this.#exited)) return;
    this.kill('it did not stop when asked');
    await endsWithin(AFTER_KILL, this.#exited);
  }

  #receive({ dimension, secrets = [] }: ProcessStart, onReport: (report: ProcessReport) => void): void {
    const clean = keepBack(secrets);
    const decoder = new MessageDecoder(REPORT_LIMITS);
    const limitRate = limitReportRate();
    this.#reports.on('data', (chunk: Buffer) => {
      try {
        // Checked before each message: the one before may have ended it.
        limitRate(chunk.length, performance.now());
        for (const message of decoder.push(chunk)) {
          if (!this.#isReceiving) break;
          limitRate(0, performance.now());
          onReport(cleaned(decodeReport(message, dimension), clean));
        }
      } catch (error) {
        // Whatever it is, this process cannot be trusted any more; the supervisor replaces it.
        if (this.#isReceiving) this.kill(clean(explain(error)));
      }
    });
    this.#reports.on('error', () => {});
  }

  /** FFmpeg and OpenCV repeat the address that they could not open. */
  #forwardLines({ onLine, secrets = [] }: ProcessStart): void {
    const clean = keepBack(secrets);
    readLines(this.#process.stdout, (line) => onLine(clean(line)));
    readLines(this.#process.stderr, (line) => onLine(clean(line)));
  }

  async #onExit(how: string, closed: Promise<void>): Promise<string> {
    if (this.#isReceiving && this.pid !== undefined) await endsWithin(LAST_REPORTS, closed);
    this.#isReceiving = false;
    const { stdin, stdout, stderr } = this.#process;
    for (const stream of [stdin, stdout, stderr, this.#reports]) stream.destroy();
    return this.#cause ?? how;
  }
}

const exitOf = (child: Process): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(`it could not be started: ${error.message}`);
    });
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`);
    });
  });

/** Removes secrets from its texts; its numbers stay what they are. */
function cleaned(report: ProcessReport, clean: (text: string) => string): ProcessReport {
  const ifGiven = (text: string | undefined) => (text === undefined ? undefined : clean(text));
  if (report.kind === 'camera') return { ...report, detail: ifGiven(report.detail) };
  if (report.kind === 'pass' && report.result.kind === 'no-picture')
    return { ...report, result: { ...report.result, detail: clean(report.result.detail) } };
  if (report.kind !== 'failed') return report;
  return { ...report, message: clean(report.message), hint: ifGiven(report.hint) };
}

async function endsWithin(limit: Millis, exited: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  try {
    return await Promise.race([exited.then(() => true), pause(limit, timer.signal).then(() => false)]);
  } finally {
    timer.abort();
  }
}

/** When memory runs out this process dies before core does: it comes back within seconds, and the gate stays shut meanwhile. */
async function volunteerForOom(pid: number): Promise<void> {
  try {
    await writeFile(`/proc/${pid}/oom_score_adj`, '500');
  } catch {
    // Best effort: a sandbox may forbid it, and the process may already be gone.
  }
}
