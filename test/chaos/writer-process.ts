/** A process that writes to a database, heard through its pipe. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Written {
  readonly kind: string;
  readonly seq?: number;
  readonly hash?: string;
  readonly round?: number;
  readonly pid?: number;
  readonly detail?: string;
}

export function startWriter(command: readonly string[]) {
  const [program = process.execPath, ...args] = command;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Written[] = [];
  let rest = '';
  let words = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) said.push(JSON.parse(line));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-1000);
  });
  const closed = once(child, 'close');
  return {
    said,
    get words() {
      return words;
    },
    get ended() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    /** Of the writer itself, also where something stands before it. */
    async kill() {
      const pid = said.find(({ kind }) => kind === 'started')?.pid;
      try {
        process.kill(pid ?? child.pid ?? 0, 'SIGKILL');
      } catch {
        // It is gone already.
      }
      if (pid === undefined) child.kill('SIGKILL');
      await closed;
    },
  };
}

/** The rows that were called durable. */
export const durableOf = (said: readonly Written[]) =>
  said.flatMap(({ kind, seq, hash }) =>
    kind === 'durable' && seq !== undefined && hash !== undefined ? [{ seq, hash }] : [],
  );
