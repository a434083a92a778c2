/** A systemd of one test's own, with nothing in it but its journal: see the script `boot` beside this file. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BOOT = fileURLToPath(new URL('boot', import.meta.url));
/** An own systemd is up within 2 s on an idle machine. */
const PATIENCE_MS = 60_000;

export interface Ran {
  readonly status: number | null;
  /** What it wrote to both outputs. */
  readonly text: string;
}

export interface PrivateSystemd {
  /** Runs a program inside, as root; `input` goes to its standard input. */
  run(command: string, args: readonly string[], input?: string): Ran;
  /** A property of a unit, as `systemctl show` has it. */
  show(unit: string, property: string): string;
  /** A path inside as one outside. */
  outside(file: string): string;
  close(): Promise<void>;
}

/** @param shown a folder that is seen inside, too, and cannot be written there. @returns why it cannot be had here, for `skip`. */
export async function bootSystemd(shown: string): Promise<PrivateSystemd | string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinstile-systemd-'));
  const boot = spawn(BOOT, [folder, shown], { stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  boot.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const ended = once(boot, 'exit');
  const close = async (): Promise<void> => {
    boot.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const told = path.join(folder, 'pid');
  const limit = performance.now() + PATIENCE_MS;
  while (!existsSync(told)) {
    if (boot.exitCode !== null || performance.now() > limit) {
      await close();
      return (
        /cannot boot a systemd here: (.*)/.exec(said)?.[1] ?? `needs a systemd of its own: ${said.trim()}`
      );
    }
    await sleep(50);
  }
  const pid = readFileSync(told, 'utf8').trim();
  const run: PrivateSystemd['run'] = (command, args, input = '') => {
    const { status, stdout, stderr } = spawnSync(
      'nsenter',
      ['--target', pid, '--all', '--root', '--wd', '--', command, ...args],
      { encoding: 'utf8', input, timeout: 180_000, maxBuffer: 64 * 1024 * 1024 },
    );
    return { status, text: stdout + stderr };
  };
  return {
    run,
    show: (unit, property) => run('systemctl', ['show', '--value', '-p', property, unit]).text.trim(),
    outside: (file) => path.join('/proc', pid, 'root', file),
    close,
  };
}
