/** Runs a program to its end, for at most so long. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ended {
  /** A code, a signal's name, or 'hang' when it had to be killed. */
  readonly how: number | string;
  readonly stderr: string;
}

export async function runProgram(
  command: readonly string[],
  limitMs: number,
  env = process.env,
): Promise<Ended> {
  const [program = process.execPath, ...args] = command;
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-2000);
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, limitMs);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  return { how: isLate ? 'hang' : (signal ?? code ?? 0), stderr };
}
