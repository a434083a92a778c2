/** Runs a private Mosquitto, reachable on this machine only, for the demonstration and for tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { millis } from '../../base/units.js';
import { temporaryFolder } from '../../platform/folders.js';

export interface PrivateBroker {
  /** mqtt://127.0.0.1:PORT */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends it within 2 s and removes what was written. */
  stop(): Promise<void>;
}

export interface PrivateBrokerOptions {
  /** Absent: any free port. Given: this one or an error. */
  readonly port?: number;
  /** Where its configuration is written; absent: a temporary folder, removed at the end. */
  readonly folder?: string;
  /** Lines of an access list, e.g. "topic readwrite lanes/#"; absent: all clients may publish and subscribe to all topics. */
  readonly access?: readonly string[];
  /** Lines of a password file, hashed as mosquitto_passwd does; absent: any client may connect under any name. */
  readonly passwords?: readonly string[];
  /** Further lines of its configuration, for its one listener. */
  readonly settings?: readonly string[];
  /** Called when it ends without having been stopped. */
  readonly onExit?: (detail: string) => void;
  /** Paths searched for the program; the first found is used. */
  readonly programs?: readonly string[];
}

const PROGRAMS = ['/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto', '/opt/homebrew/sbin/mosquitto'];
const SETPRIV = '/usr/bin/setpriv';
const TRIES = 5;
/** The line on its standard error when it is ready, in 1.6 and 2.0. */
const RUNNING = /mosquitto version \S+ running/;
/** It takes 20 ms on an idle machine; a busy one may take seconds. */
const START_LIMIT = millis(20_000);

/** @throws TwinstileError 'setup-incomplete' when Mosquitto is missing or does not start. */
export async function startPrivateBroker(options: PrivateBrokerOptions = {}): Promise<PrivateBroker> {
  const program = (options.programs ?? PROGRAMS).find((path) => existsSync(path));
  if (program === undefined)
    throw unusable('no mosquitto on this machine', 'Install it: sudo apt install mosquitto');
  const folder = options.folder ?? (await temporaryFolder('twinstile-broker-'));
  const clean = async () => {
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };
  let said = '';
  // Another program may take a free port before Mosquitto does.
  for (let attempt = 0; attempt < (options.port === undefined ? TRIES : 1); attempt += 1) {
    const port = options.port ?? (await freePort());
    const child = spawnTied(program, ['-c', await writeConfig(folder, port, options)]);
    child.stderr?.on('data', (text: Buffer) => {
      said = (said + text.toString()).slice(-1000);
    });
    if (await runs(child)) return watch(child, port, clean, options.onExit);
    child.kill('SIGKILL');
  }
  await clean();
  throw unusable(
    `one that does not start (${said.trim() || 'no message'})`,
    'Run mosquitto by hand to see why.',
  );
}

/** @returns its path; access list and passwords are in the same folder. */
async function writeConfig(
  folder: string,
  port: number,
  { access, passwords, settings }: PrivateBrokerOptions,
): Promise<string> {
  const beside = async (ending: string, lines: readonly string[] | undefined) => {
    if (lines === undefined) return undefined;
    const file = join(folder, `mosquitto-${port}.${ending}`);
    await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    return file;
  };
  const files = { access: await beside('acl', access), passwords: await beside('passwd', passwords) };
  const config = join(folder, `mosquitto-${port}.conf`);
  await writeFile(config, configFor(port, files, settings), { mode: 0o644 });
  return config;
}

function configFor(
  port: number,
  { access, passwords }: { readonly access: string | undefined; readonly passwords: string | undefined },
  settings: readonly string[] = [],
): string {
  return [
    `listener ${port} 127.0.0.1`,
    ...settings,
    ...(passwords === undefined
      ? ['allow_anonymous true']
      : ['allow_anonymous false', `password_file ${passwords}`]),
    'persistence false',
    'log_dest stderr',
    'log_type error',
    'log_type information',
    'connection_messages false',
    'set_tcp_nodelay true',
    ...(access === undefined ? [] : [`acl_file ${access}`]),
    // As root, Mosquitto would change its user, which clears its parent-death signal.
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    '',
  ].join('\n');
}

/** Starts a child that ends with this process, even when this process is killed. */
function spawnTied(program: string, args: readonly string[]): ChildProcess {
  const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
  if (process.platform === 'linux' && existsSync(SETPRIV))
    return spawn(SETPRIV, ['--pdeathsig', 'KILL', program, ...args], { stdio });
  return spawn(program, [...args], { stdio });
}

function watch(
  child: ChildProcess,
  port: number,
  clean: () => Promise<void>,
  onExit: PrivateBrokerOptions['onExit'],
): PrivateBroker {
  let stopping = false;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('exit', kill);
      if (!stopping) onExit?.(`mosquitto ended (${signal ?? code})`);
      resolve();
    });
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    pid: child.pid ?? 0,
    async stop() {
      stopping = true;
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        const hard = setTimeout(kill, 2000);
        await ended;
        clearTimeout(hard);
      }
      await clean();
    },
  };
}

/**
 * Waits until this child reports that it runs, which Mosquitto does once it has opened its listener; it exits where it cannot.
 * An open port is no proof, since another program may hold it.
 */
function runs(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    let heading = '';
    const end = (result: boolean) => {
      clearTimeout(limit);
      child.stderr?.off('data', read);
      resolve(result);
    };
    const read = (text: Buffer) => {
      heading += text.toString();
      if (RUNNING.test(heading)) end(true);
    };
    const limit = setTimeout(() => end(false), START_LIMIT);
    child.stderr?.on('data', read);
    child.once('error', () => end(false)).once('exit', () => end(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function unusable(got: string, hint: string): TwinstileError {
  return new TwinstileError({
    code: 'setup-incomplete',
    message: `Expected a Mosquitto broker, got ${got}.`,
    hint,
  });
}
