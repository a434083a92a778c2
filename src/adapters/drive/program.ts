/** Starts a program that moves a gate, and watches that it neither fails nor stays. */
import { type ChildProcess, spawn } from 'node:child_process';
import { TwinstileError } from '../../base/errors.js';
import type { Millis } from '../../base/units.js';

export interface ProgramCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Who has not failed by then has started well. */
  readonly settle: Millis;
  /** Who runs longer is killed, with all it has started. */
  readonly limit: Millis;
  /** It failed after it had started well. */
  readonly onProblem?: (detail: string) => void;
}

export interface RunningProgram {
  /** When it is over, however it ended. */
  readonly ended: Promise<void>;
  /** Asks it to end now. */
  stop(): void;
}

/** What of a failing program's words is quoted. */
const QUOTED = 300;

/**
 * Resolves when the program ended well or has run for `settle` without failing.
 * @throws TwinstileError 'gate-unusable' when it cannot be started or failed before.
 */
export async function startWell(call: ProgramCall): Promise<RunningProgram> {
  const { program, args, settle, limit, onProblem = () => {} } = call;
  // A group of its own: its children die with it at the limit, and Ctrl-C here does not reach it half way.
  const child = spawn(program, [...args], {
    env: { ...call.env },
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said = (said + text.toString()).slice(0, QUOTED);
  });
  let overdue = false;
  let started = false;
  const kill = setTimeout(() => {
    overdue = true;
    signalGroup(child, 'SIGKILL');
  }, limit);
  const failure = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      if (overdue) return resolve(`more than ${limit} ms of running`);
      resolve(code === 0 ? undefined : [`exit ${code ?? signal}`, said.trim()].filter(Boolean).join(': '));
    });
  });
  let stopped = false;
  const ended = failure.then((detail) => {
    clearTimeout(kill);
    child.stderr.destroy();
    if (detail !== undefined && started && !stopped) onProblem(`${program}: ${detail}`);
  });

  const early = await settled(failure, settle);
  if (early !== undefined) throw unusable(program, early);
  started = true;
  return {
    ended,
    stop() {
      stopped = true;
      signalGroup(child, 'SIGTERM');
    },
  };
}

/** What went wrong before `span` was over, if anything. */
async function settled(failure: Promise<string | undefined>, span: Millis): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const calm = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), span);
  });
  try {
    return await Promise.race([failure, calm]);
  } finally {
    clearTimeout(timer);
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended in this moment, which is what was wanted.
  }
}

function unusable(program: string, detail: string): TwinstileError {
  return new TwinstileError({
    code: 'gate-unusable',
    message: `Expected ${program} to move the gate, got: ${detail}.`,
    hint: 'Run it by hand, as the user of this service, to see why.',
  });
}
