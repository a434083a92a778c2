/** Starts a program that moves a gate, hears whether it did, and sees that nothing of it stays behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { pause } from '../../base/delay.js';
import { TwinstileError } from '../../base/errors.js';
import { type Millis, millis } from '../../base/units.js';

export interface ProgramCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /**
   * What says that the gate moved, besides an end with 0: a program that has run so long without failing. Absent: the line `opened`
   * on its output.
   */
  readonly settle?: Millis;
  /** What runs longer is killed, with all that it has started. */
  readonly limit: Millis;
  /** It failed after the gate had moved. */
  readonly onProblem?: ((detail: string) => void) | undefined;
}

export interface RunningProgram {
  /** Resolves when the gate moved. @throws TwinstileError 'gate-unusable' when the program failed before it said so. */
  readonly moved: Promise<void>;
  /** When it is over with all that it started, however it ended. */
  readonly ended: Promise<void>;
  /** Asks it to end now; what is still there a moment later is killed. */
  stop(): void;
}

const OPENED = 'opened';
/** What of a failing program's words is quoted. */
const QUOTED = 300;
/** A line that could be `opened` is no longer. */
const MAX_LINE = 64;
const KILL_AFTER = millis(500);
/** A GPIO line is set back at SIGTERM by one more program. */
const KILL_HOLDER_AFTER = millis(1000);
const RECHECK_DELAY = millis(50);
/** Of coreutils: keeps the limit also when this process was killed. */
const TIMEOUT = '/usr/bin/timeout';

export function startProgram(call: ProgramCall): RunningProgram {
  const { program, args, settle, limit, onProblem = () => {} } = call;
  const child = launch(call);
  const said = listenTo(child);
  let hasMoved = false;
  let isStopped = false;
  let isOverdue = false;
  let isKilled = false;
  const killGroup = () => {
    isKilled = true;
    signalGroup(child, 'SIGKILL');
  };
  const kill = setTimeout(() => {
    isOverdue = true;
    killGroup();
  }, limit);

  const failure = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      if (isOverdue) return resolve(`more than ${limit} ms of running`);
      resolve(code === 0 ? undefined : [`exit ${code ?? signal}`, said.words()].filter(Boolean).join(': '));
    });
  });
  const confirmed = settle === undefined ? said.opened : pause(settle);
  const moved = Promise.race([failure, confirmed.then(() => undefined)]).then((detail) => {
    if (detail !== undefined) throw unusable(program, detail);
    hasMoved = true;
  });
  const end = async (): Promise<void> => {
    const detail = await failure;
    if (detail !== undefined && hasMoved && !isStopped) onProblem(`${program}: ${detail}`);
    // What it left running in its group, to set the gate back say, has the same limit and goes on being heard: a closed pipe would
    // end it half way.
    // The dead wait there for the machine's first process to bury them, which is none of ours to wait for.
    while (!isKilled && signalGroup(child, 0)) await pause(RECHECK_DELAY);
    clearTimeout(kill);
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const ended = end();
  // Both are told through `moved` and `onProblem`; who stops the gate may wait for neither.
  moved.catch(() => {});
  return {
    moved,
    ended,
    stop() {
      if (isStopped) return;
      isStopped = true;
      signalGroup(child, 'SIGTERM');
      const after = settle === undefined ? KILL_AFTER : KILL_HOLDER_AFTER;
      const killSoon = setTimeout(killGroup, after);
      void ended.then(() => clearTimeout(killSoon));
    },
  };

  function launch({ env }: ProgramCall): ChildProcess {
    const whole = [program, ...args];
    const seconds = (limit + 1000) / 1000;
    const guarded = existsSync(TIMEOUT) ? [TIMEOUT, '-k', '1', '--', String(seconds), ...whole] : whole;
    const [first = program, ...rest] = settle === undefined ? guarded : whole;
    // A group of its own: its children die with it at the limit, and Ctrl-C here does not reach it half way.
    return spawn(first, rest, { env: { ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}

/** Hears a program to its end, however much it says, and keeps little of it. */
function listenTo({ stdout, stderr }: ChildProcess): {
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
    message: `Expected ${program} to move the gate, got: ${detail}.`,
    hint: 'Run it by hand, as the user of this service, to see why.',
  });
}
