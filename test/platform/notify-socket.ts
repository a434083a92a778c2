/** A datagram socket as systemd's, with Python, because Node has none. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

/** Reads until it is killed. */
const LISTENER = `
import socket, sys
name = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('\\0' + name[1:] if name.startswith('@') else name)
print('bound', flush=True)
while True:
    print(s.recv(4096).decode(), flush=True)
`;

/** Why the real thing cannot be tried here; undefined when it can. */
export function whyNotHere(): string | undefined {
  return spawnSync('python3', ['--version']).status === 0 ? undefined : 'needs python3';
}

/** @param name a path, or an abstract name that starts with '@'. */
export async function listenAsSystemd(t: TestContext, name: string): Promise<readonly string[]> {
  const heard: string[] = [];
  const child: ChildProcessWithoutNullStreams = spawn('python3', ['-c', LISTENER, name]);
  t.after(() => child.kill('SIGKILL'));
  let rest = '';
  const bound = once(child.stdout, 'data');
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    heard.push(...lines.filter((line) => line !== 'bound'));
  });
  await bound;
  return heard;
}
