/** Starts this program's own files as child processes: the same way from source and from `dist`. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** What loads this program's own files; a debugger's port, an `--eval` or a test runner's flags are not for children. */
const LOADING = ['--import', '--require', '-r', '--loader', '--experimental-loader', '--conditions', '-C'];
const ALONE = ['--enable-source-maps'];

/** The files next to `main` that run as processes of their own. */
type ProgramName = 'main' | 'vision-worker' | 'sync-worker' | 'adaptation-worker' | 'demo-video-worker';

interface ProgramCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** Returns the command that runs one of this program's files with Node and the loaders of this process. */
export function programCommand(name: ProgramName, args: readonly string[] = []): ProgramCommand {
  const file = fileURLToPath(new URL(`../${name}${extname(import.meta.url)}`, import.meta.url));
  return { command: process.execPath, args: [...loadingFlags(process.execArgv), file, ...args] };
}

/** @param execArgv of this process: `--flag value` or `--flag=value`. */
export function loadingFlags(execArgv: readonly string[]): readonly string[] {
  return execArgv.filter((flag, index) => {
    const before = execArgv[index - 1];
    if (before !== undefined && LOADING.includes(before)) return true;
    return ALONE.includes(flag) || LOADING.some((name) => flag === name || flag.startsWith(`${name}=`));
  });
}

interface WorkerOptions {
  readonly name: ProgramName;
  readonly env: NodeJS.ProcessEnv;
  /** Receives each line of stdout; stderr is this process's own. */
  readonly onLine: (line: string) => void;
  /** From SIGTERM to SIGKILL once the signal aborts; absent: SIGKILL at once. */
  readonly graceMs?: number;
}

interface Worker {
  /** Writes one line to stdin; does nothing once the worker has ended. */
  send(line: string): void;
  /** Closes stdin: no further line comes. */
  endInput(): void;
  /** Resolves with the exit code; null when the worker was killed or could not be started. */
  readonly exited: Promise<number | null>;
}

/** Starts a worker that takes lines on stdin and writes lines to stdout, and ends it when the signal aborts. */
export function spawnWorker({ name, env, onLine, graceMs }: WorkerOptions, signal: AbortSignal): Worker {
  const { command, args } = programCommand(name);
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  // A broken pipe shows in the exit code.
  child.stdin.on('error', () => {});
  createInterface({ input: child.stdout }).on('line', onLine);
  return {
    send: (line) => void child.stdin.write(`${line}\n`),
    endInput: () => void child.stdin.end(),
    exited: exitOf(child, graceMs, signal),
  };
}

async function exitOf(
  child: ChildProcessByStdio<Writable, Readable, null>,
  graceMs: number | undefined,
  signal: AbortSignal,
): Promise<number | null> {
  const stop = (): void => {
    child.kill(graceMs === undefined ? 'SIGKILL' : 'SIGTERM');
    if (graceMs !== undefined) setTimeout(() => child.kill('SIGKILL'), graceMs).unref();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });
  signal.removeEventListener('abort', stop);
  return code;
}
