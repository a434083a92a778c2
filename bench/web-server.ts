/** What hands a repository out to a bench: nginx where Debian's is installed, else node:http in a process of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { noNginx, startNginx } from '../test/fixtures/nginx.js';

export interface WebServer {
  readonly url: URL;
  readonly kind: string;
  /** Processor seconds of it and its children, so far. */
  cpu(): Promise<number>;
  /** Answers so far; undefined where it does not count. */
  requests(): Promise<number | undefined>;
  stop(): Promise<void>;
}

export async function serve(root: string): Promise<WebServer> {
  if (noNginx !== false) return plainServer(root);
  const { url, pid, log, stop } = await startNginx(root);
  const [, version = '?'] = /nginx\/(\S+)/.exec(spawnSync('/usr/sbin/nginx', ['-v']).stderr.toString()) ?? [];
  return {
    url,
    kind: `nginx ${version}`,
    cpu: () => cpuOf(pid),
    requests: async () => (await readFile(log, 'utf8')).split('\n').length - 1,
    stop,
  };
}

async function plainServer(root: string): Promise<WebServer> {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { createServer } from 'node:http'; import { createReadStream } from 'node:fs';
       const server = createServer((q, r) => { const s = createReadStream(${JSON.stringify(root)} + q.url);
         s.on('error', () => { r.statusCode = 404; r.end(); }); s.pipe(r); });
       server.listen(0, '127.0.0.1', 4096, () => console.log(server.address().port));`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [port] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return {
    url: new URL(`http://127.0.0.1:${port.trim()}/`),
    kind: 'node:http (nginx is not installed here)',
    cpu: () => cpuOf(child.pid ?? 0),
    requests: async () => undefined,
    stop: async () => void child.kill(),
  };
}

async function cpuOf(pid: number): Promise<number> {
  const children = spawnSync('pgrep', ['-P', String(pid)])
    .stdout.toString()
    .split('\n')
    .filter(Boolean);
  let ticks = 0;
  for (const each of [pid, ...children.map(Number)]) {
    const stat = await readFile(`/proc/${each}/stat`, 'utf8').catch(() => '');
    const [, , , , , , , , , , , user = '0', system = '0'] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(user) + Number(system);
  }
  return ticks / 100;
}
