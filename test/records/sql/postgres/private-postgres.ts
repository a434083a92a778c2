/** A PostgreSQL of our own on this machine only: real, in a temporary folder, without care for power cuts. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { PostgresAddress } from '../../../../src/records/sql/postgres/postgres-login.js';
import { until } from '../../../until.js';

const run = promisify(execFile);
const VERSIONS = '/usr/lib/postgresql';
const SETPRIV = '/usr/bin/setpriv';

export interface PrivatePostgres {
  readonly port: number;
  readonly folder: string;
  /** A fresh database, for whoever is on this machine. @param encoding of it. */
  newDatabase(encoding?: string): Promise<PostgresAddress>;
  /** SQL of an administrator; answers are columns with a | between them. */
  tell(database: string, sql: string): Promise<string>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The newest that is installed; undefined when none is. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).map(Number).filter(Number.isFinite) : [];
  const bin = path.join(VERSIONS, `${Math.max(...versions)}`, 'bin');
  return existsSync(path.join(bin, 'initdb')) ? bin : undefined;
}

/** For `skip`: false when there is one to start. */
export const needsPostgres: string | false = postgresPrograms() === undefined ? 'needs PostgreSQL' : false;

/** @param settings further lines of postgresql.conf. */
export async function startPostgres(settings: readonly string[] = []): Promise<PrivatePostgres> {
  const bin = postgresPrograms();
  if (bin === undefined) throw new Error('Expected PostgreSQL, got none.');
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-pg-'));
  const data = path.join(folder, 'data');
  const who = unprivileged();
  if (who !== undefined) await chown(folder, who.uid, who.gid);
  const as = (program: string, args: readonly string[]): readonly [string, string[]] =>
    who === undefined
      ? [path.join(bin, program), [...args]]
      : [SETPRIV, [...who.become, path.join(bin, program), ...args]];
  const port = await freePort();
  await run(
    ...as('initdb', ['-D', data, '-U', 'admin', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N']),
    {
      cwd: folder,
    },
  );
  const rules = [
    'local all all trust',
    'host all locked 127.0.0.1/32 scram-sha-256',
    'host all all 127.0.0.1/32 trust',
    '',
  ];
  await writeFile(path.join(data, 'pg_hba.conf'), rules.join('\n'));
  const lines = [
    `port = ${port}`,
    `listen_addresses = '127.0.0.1'`,
    `unix_socket_directories = '${folder}'`,
    'fsync = off',
    'shared_buffers = 16MB',
    'autovacuum = off',
    ...settings,
    '',
  ];
  await writeFile(path.join(data, 'postgresql.conf'), lines.join('\n'));
  let server = await start();
  const tell = async (database: string, sql: string): Promise<string> => {
    const args = [
      '-h',
      folder,
      '-p',
      `${port}`,
      '-U',
      'admin',
      '-At',
      '-v',
      'ON_ERROR_STOP=1',
      '-c',
      sql,
      database,
    ];
    return (await run(path.join(bin, 'psql'), args, { cwd: folder })).stdout.trim();
  };
  let count = 0;
  return {
    port,
    folder,
    tell,
    async newDatabase(encoding = 'UTF8') {
      count += 1;
      const database = `office${count}`;
      const locale = encoding === 'UTF8' ? '' : `LOCALE 'C'`;
      await tell(
        'postgres',
        `CREATE DATABASE ${database} ENCODING '${encoding}' ${locale} TEMPLATE template0`,
      );
      return { host: '127.0.0.1', port, database, user: 'admin', encryption: 'disable' };
    },
    async restart() {
      await end(server);
      server = await start();
    },
    async stop() {
      await end(server);
      await rm(folder, { recursive: true, force: true });
    },
  };

  async function start(): Promise<ChildProcess> {
    const [program, args] = as('postgres', ['-D', data]);
    const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr?.on('data', (text: Buffer) => {
      said = (said + text.toString()).slice(-2000);
    });
    process.once('exit', () => child.kill('SIGQUIT'));
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`PostgreSQL ended: ${said}`);
      return (await listens(port)) && /ready to accept connections/.test(said);
    }, 'PostgreSQL answers');
    return child;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  // Fast: connections are ended, not waited for.
  child.kill('SIGINT');
  await ended;
}

/** PostgreSQL refuses to run as root. */
function unprivileged() {
  if (process.getuid?.() !== 0) return undefined;
  const users = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name = '', , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
  );
  const user = users.get('postgres') ?? users.get('nobody');
  if (user === undefined) throw new Error('Expected a user postgres or nobody, got neither.');
  const become = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--pdeathsig', 'KILL'];
  return { ...user, become };
}

/** A certificate for 127.0.0.1's name `localhost`, signed by itself; undefined without openssl. */
export async function certificateIn(folder: string): Promise<string | undefined> {
  const [cert, key] = [path.join(folder, 'server.crt'), path.join(folder, 'server.key')];
  try {
    await run('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
    ]);
  } catch {
    // Not on every machine: the test says that it was skipped.
    return undefined;
  }
  const who = unprivileged();
  if (who !== undefined) for (const file of [cert, key]) await chown(file, who.uid, who.gid);
  return readFile(cert, 'utf8');
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
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
