/** Starts a program that moves a gate, reads from its output whether it did, and leaves none of its processes behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { pause } from '../../base/delay.js';
import { TwinstileError } from '../../base/errors.js';
import { type Millis, millis } from '../../base/units.js';

interface ProgramCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /**
   * What confirms that the gate moved, besides an end with 0: a program that has run so long without failing. Absent: the line
   * `opened` on its output.
   */
  readonly settle?: Millis;
  /** What runs longer is killed, with all that it has started. */
  readonly limit: Millis;
  /** It failed after the gate had moved. */
  readonly onProblem?: ((detail: string) => void) | undefined;
}

export interface RunningProgram {
  /** Resolves when the gate moved. @throws TwinstileError 'gate-unusable' when the program failed before that was confirmed. */
  readonly moved: Promise<void>;
  /** When it is over with all that it started, however it ended. */
  readonly ended: Promise<void>;
  /** Sends SIGTERM now, and SIGKILL to what is still there shortly after. */
  stop(): void;
}

const OPENED = 'opened';
/** How much of a failing program's output is quoted. */
const QUOTED = 300;
/** A line that could be `opened` is no longer. */
const MAX_LINE = 64;
const KILL_AFTER = millis(500);
/** A GPIO line is set back at SIGTERM by one more program. */
const KILL_HOLDER_AFTER = millis(1000);
const RECHECK_DELAY = millis(50);
/** Of coreutils: keeps the limit also when this process was killed. */
const TIMEOUT = '/usr/bin/timeout';

export const startProgram = (call: ProgramCall): RunningProgram => new DriveProgram(call);

class DriveProgram implements RunningProgram {
  readonly moved: Promise<void>;
  readonly ended: Promise<void>;
  readonly #call: ProgramCall;
  readonly #child: ChildProcess;
  #hasMoved = false;
  #isStopped = false;
  #isOverdue = false;
  #isKilled = false;

  constructor(call: ProgramCall) {
    this.#call = call;
    this.#child = launch(call);
    const output = readOutput(this.#child);
    const limit = setTimeout(() => {
      this.#isOverdue = true;
      this.#kill();
    }, call.limit);
    const failure = this.#failure(output.words);
    const confirmed = call.settle === undefined ? output.opened : pause(call.settle);
    this.moved = this.#confirmed(failure, confirmed);
    this.ended = this.#end(failure, limit);
    // Both are reported through `moved` and `onProblem`; a caller that stops the gate may wait for neither.
    this.moved.catch(() => {});
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    signalGroup(this.#child, 'SIGTERM');
    const after = this.#call.settle === undefined ? KILL_AFTER : KILL_HOLDER_AFTER;
    const killSoon = setTimeout(() => this.#kill(), after);
    void this.ended.then(() => clearTimeout(killSoon));
  }

  /** Why the program failed, or nothing where it ended with 0. */
  #failure(words: () => string): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('exit', (code, signal) => {
        if (this.#isOverdue) resolve(`more than ${this.#call.limit} ms of running`);
        else if (code === 0) resolve(undefined);
        else resolve([`exit ${code ?? signal}`, words()].filter(Boolean).join(': '));
      });
    });
  }

  async #confirmed(failure: Promise<string | undefined>, confirmed: Promise<void>): Promise<void> {
    const detail = await Promise.race([failure, confirmed.then(() => undefined)]);
    if (detail !== undefined) throw unusable(this.#call.program, detail);
    this.#hasMoved = true;
  }

  async #end(failure: Promise<string | undefined>, limit: NodeJS.Timeout): Promise<void> {
    const detail = await failure;
    if (detail !== undefined && this.#hasMoved && !this.#isStopped)
      this.#call.onProblem?.(`${this.#call.program}: ${detail}`);
    // What it left running in its group, for example to set the gate back, has the same limit, and its output goes on being read: a
    // closed pipe would end it half way. Zombies are reaped by the machine's first process and not waited for here.
    while (!this.#isKilled && signalGroup(this.#child, 0)) await pause(RECHECK_DELAY);
    clearTimeout(limit);
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  #kill(): void {
    this.#isKilled = true;
    signalGroup(this.#child, 'SIGKILL');
  }
}

function launch({ program, args, env, settle, limit }: ProgramCall): ChildProcess {
  const command = [program, ...args];
  const seconds = (limit + 1000) / 1000;
  const guarded = existsSync(TIMEOUT) ? [TIMEOUT, '-k', '1', '--', String(seconds), ...command] : command;
  const [first = program, ...rest] = settle === undefined ? guarded : command;
  // A group of its own: its children die with it at the limit, and Ctrl-C here does not reach it half way.
  return spawn(first, rest, { env: { ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Reads the output of a program to its end, however long it is, and keeps little of it. */
function readOutput({ stdout, stderr }: ChildProcess): {
  readonly words: () => string;
  readonly opened: Promise<void>;
} {
  let words = '';
  stderr?.on('data', (text: Buffer) => {
    if (words.length < QUOTED) words = (words + text.toString()).slice(0, QUOTED);
  });
  let line = '';
  const opened = new Promise<void>((resolve) => {
    stdout?.on('data', (text: Buffer) => {
      const lines = (line + text.toString('latin1')).split('\n');
      line = (lines.pop() ?? '').slice(0, MAX_LINE);
      if (lines.some((one) => one.trim() === OPENED)) resolve();
    });
  });
  return { words: () => words.trim(), opened };
}

/** @returns whether anything is left of its group. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  try {
    process.kill(-child.pid, signal);
    return true;
  } catch (error) {
    // ESRCH: it has ended. Anything else means that something is there which is not ours to end.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function unusable(program: string, detail: string): TwinstileError {
  return new TwinstileError({
    code: 'gate-unusable',
    message: `${program} did not move the gate: ${detail}.`,
    hint: 'Run it by hand, as the user of this service, to see why.',
  });
}
