/** How long does somebody else have to wait who wants to write into the same database? In a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Asks for the right to write every 20 ms, with all the patience it needs. */
const PROGRAM = `
  import { createRequire } from 'node:module';
  const sqlite3 = createRequire(process.argv[2])('sqlite3');
  const database = new sqlite3.Database(process.argv[1]);
  const exec = (sql) => new Promise((resolve, reject) => database.exec(sql, (e) => (e ? reject(e) : resolve())));
  let longest = 0;
  let stopped = false;
  process.stdin.on('data', () => { stopped = true; });
  await exec('PRAGMA busy_timeout = 600000');
  while (!stopped) {
    const start = performance.now();
    await exec('BEGIN IMMEDIATE; COMMIT');
    longest = Math.max(longest, performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  console.log(longest / 1000);
  process.exit(0);
`;

export function longestWait(file: string): { end(): Promise<number> } {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, file, import.meta.filename], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  return {
    /** @returns in s. */
    async end() {
      child.stdin.end('stop');
      const [told] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
      return Number(told);
    },
  };
}
