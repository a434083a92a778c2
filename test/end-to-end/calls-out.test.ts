/** Every process of the product under strace: what does it make, resolve and connect to that its configuration does not name? */
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { laneId, siteId } from '../../src/base/ids.js';
import { packsFolder } from '../../src/biometrics/packs/pack-catalog.js';
import { runActuator } from '../../src/gate/actuate.js';
import { createSimulator } from '../../src/gate/drives/simulated-drive.js';
import { signingKey, verifyingKey } from '../../src/gate/protocol/signature.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { filmForTests } from '../fixtures/film-for-tests.js';
import { type Seen, strangeCalls } from '../fixtures/strange-calls.js';
import { placeOf } from '../gate/protocol/gate-keys.js';
import { brokerFor } from '../service/demo/broker-for.js';

const node = [
  process.execPath,
  '--import',
  'tsx',
  fileURLToPath(new URL('../../src/main.ts', import.meta.url)),
] as const;
const PACK = ['--folder', packsFolder({ env: process.env })];
const MAX_MS = 240_000;

/** strace needs ptrace, which some containers forbid. */
const canTrace = ((): boolean => {
  try {
    execFileSync('strace', ['-f', '-o', '/dev/null', '/bin/true'], { timeout: 10_000, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** A command line under strace, in an environment that asks for telemetry. */
async function tracedFor(t: TestContext, args: readonly string[], seen: Seen) {
  const home = await mkdtemp(path.join(tmpdir(), 'twinstile-calls-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const trace = path.join(home, 'trace');
  const calls = 'trace=connect,sendto,sendmsg,sendmmsg,openat,mkdir';
  const child = spawn(
    'strace',
    ['-f', '--seccomp-bpf', '-qq', '-s', '256', '-e', calls, '-o', trace, ...node, ...args],
    {
      env: {
        ...process.env,
        HOME: home,
        XDG_CACHE_HOME: path.join(home, 'cache'),
        ORT_DISABLE_TELEMETRY: '0',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      said = (said + text.toString()).slice(-4000);
    });
  return {
    child,
    async expectQuiet() {
      const [code] = await ended;
      assert.equal(code, 0, said);
      const text = await readFile(trace, 'utf8');
      assert.match(text, /libonnxruntime\.so/, 'no network was loaded: nothing was looked at');
      assert.deepEqual(strangeCalls(text, seen), []);
      const kept = await readdir(path.join(home, 'cache')).catch(() => []);
      assert.deepEqual(
        kept.filter((name) => name !== 'twinstile'),
        [],
        'in the folder for caches',
      );
    },
  };
}

async function siteFor(t: TestContext) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-site-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const film = await filmForTests();
  const broker = await brokerFor(t);
  const config = path.join(folder, 'twinstile.yaml');
  await writeFile(
    config,
    `
site: test
data_dir: ${folder}/data
models: { folder: ${PACK[1]} }
gallery: { key_file: ${folder}/gallery.key }
mqtt: { url: "${broker.url}" }
grants: { key_id: k, algorithm: ed25519, key_file: ${folder}/grant.key }
lanes:
  - id: lane
    gate: gate
    gate_key_file: ${folder}/gate.pub
    direction: in
    pulse_ms: 300
    roi: { x: 0.3, width: 0.4 }
    camera: { kind: file, path: ${film}, loop: true }
    identification: { max_fpir: "1 in 1,000" }
`,
  );
  const people = path.join(path.dirname(film), 'gallery');
  const photo = path.join(people, 'ada', (await readdir(path.join(people, 'ada')))[0] ?? '');
  await writeFile(path.join(folder, 'people.csv'), `person;name;photo\nada;Ada;${photo}\n`);
  const clips = path.join(folder, 'clips');
  await mkdir(clips);
  for (const name of ['1', '2']) await cp(film, path.join(clips, `${name}${path.extname(film)}`));
  const rows = ['1', '2'].map((name) => `${name}${path.extname(film)},ada`);
  await writeFile(path.join(clips, 'identities.csv'), `file,identity\n${rows.join('\n')}\n`);
  const [program, ...before] = node;
  for (const kind of ['gallery', 'grant', 'gate'])
    await promisify(execFile)(program, [...before, 'keys', 'new', kind, '--out', folder]);
  return { folder, film, broker, config, people, clips };
}

async function gateFor(t: TestContext, folder: string, url: string) {
  const drive = createSimulator();
  const bus = connectBus({ url, clientId: 'gate' });
  const keys = [verifyingKey('k', 'ed25519', await readFile(path.join(folder, 'grant.pub')))];
  const own = signingKey('gate', 'ed25519', await readFile(path.join(folder, 'gate.key')));
  const signer = { protocol: 2, shared: [], own } as const;
  const stop = new AbortController();
  const topics = laneTopics(siteId('test'), laneId('lane')).gate;
  const gate = runActuator(
    {
      bus,
      topics,
      place: placeOf('test', 'lane', 'gate'),
      direction: 'in',
      keys,
      signer,
      drive,
      clock: systemClock,
    },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await gate;
    await bus.close();
  });
  return drive;
}

test('no process of the product opens or resolves anything that its configuration does not name', {
  timeout: 900_000,
  skip: canTrace ? false : 'strace cannot run here',
}, async (t) => {
  const { folder, film, broker, config, people, clips } = await siteFor(t);
  const none: Seen = { ports: [], folders: [folder] };

  await t.test('enroll', async (inner) => {
    const csv = ['--csv', path.join(folder, 'people.csv'), '--consent-text', '1', '--config', config];
    await (await tracedFor(inner, ['enroll', ...csv], none)).expectQuiet();
  });
  await t.test('replay', async (inner) => {
    await (await tracedFor(inner, ['replay', film, '--gallery', people, ...PACK], none)).expectQuiet();
  });
  await t.test('evaluate', async (inner) => {
    await (await tracedFor(inner, ['evaluate', 'clips', clips, ...PACK], none)).expectQuiet();
  });
  await t.test('run', async (inner) => {
    const { port } = new URL(broker.url);
    const seen: Seen = { ports: [Number(port)], folders: [folder] };
    const drive = await gateFor(inner, folder, broker.url);
    const box = await tracedFor(inner, ['run', '--config', config], seen);
    const end = performance.now() + MAX_MS;
    while (drive.releases < 2) {
      assert.ok(performance.now() < end, 'Expected two openings');
      await sleep(50);
    }
    process.kill(await grandchildOf(box.child.pid), 'SIGTERM');
    await box.expectQuiet();
  });
  await t.test('demo', async (inner) => {
    const seen: Seen = { ports: 'any', folders: [folder] };
    await (await tracedFor(inner, ['demo', '--for', '8', ...PACK], seen)).expectQuiet();
  });
});

/** The program that strace started. */
async function grandchildOf(pid: number | undefined): Promise<number> {
  const { stdout } = await promisify(execFile)('pgrep', ['-P', `${pid}`]);
  return Number(stdout.trim().split('\n')[0]);
}

const QUIET: Seen = { ports: [1883], folders: ['/srv/box'] };
for (const [what, line, isStrange] of [
  [
    'a look-up',
    '7 connect(9, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.53")}, 16) = 0',
    true,
  ],
  [
    'a look-up that is only sent',
    '7 sendto(9, "x", 30, 0, {sa_family=AF_INET6, sin6_port=htons(53), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", &sin6_addr)}, 28) = 30',
    true,
  ],
  [
    'a look-up through systemd',
    '7 connect(9, {sa_family=AF_UNIX, sun_path="/run/systemd/resolve/io.systemd.Resolve"}, 42) = 0',
    true,
  ],
  [
    'another machine',
    '7 connect(9, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("52.168.112.67")}, 16 <unfinished ...>',
    true,
  ],
  [
    'another machine in IPv6',
    '7 connect(9, {sa_family=AF_INET6, sin6_port=htons(1883), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr)}, 28) = 0',
    true,
  ],
  [
    'another port of this machine',
    '7 connect(9, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
    true,
  ],
  [
    'the cache of events',
    '7 openat(AT_FDCWD, "/root/.cache/Microsoft/DeveloperTools/.onnxruntime/onnxruntime.db", O_RDWR|O_CREAT|O_NOFOLLOW, 0644) = 27',
    true,
  ],
  [
    'a log of telemetry',
    '7 openat(AT_FDCWD, "/tmp/mat-debug-7.log", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 20',
    true,
  ],
  [
    'the broker',
    '7 connect(9, {sa_family=AF_INET, sin_port=htons(1883), sin_addr=inet_addr("127.0.0.1")}, 16) = -1 EINPROGRESS',
    false,
  ],
  ['its own file', '7 openat(AT_FDCWD, "/srv/box/data/twinstile.db", O_RDWR|O_CREAT, 0600) = 27', false],
  ['a file that is read', '7 openat(AT_FDCWD, "/etc/hosts", O_RDONLY|O_CLOEXEC) = 27', false],
] as const)
  test(`${what} would ${isStrange ? '' : 'not '}be found`, () => {
    assert.equal(strangeCalls(line, QUIET).length, isStrange ? 1 : 0);
  });
