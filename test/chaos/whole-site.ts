/** A whole box with three lanes, their gates, and a Mosquitto that knows logins and the access list of the configuration. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openAccessStore } from '../../src/access/policy/sqlite-access-store.js';
import { badgeId, laneId, personId, siteId } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import { packsFolder } from '../../src/biometrics/packs/pack-catalog.js';
import { newIdentity } from '../../src/fleet/repository/age.js';
import { runActuator } from '../../src/gate/actuate.js';
import { newGrantKey, verifyingKey } from '../../src/gate/protocol/signature.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { openGallery } from '../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';
import type { Config } from '../../src/service/config/config-schema.js';
import { parseConfig } from '../../src/service/config/parse-config.js';
import { accessListOf } from '../../src/service/setup/broker-address.js';
import { databaseFile } from '../../src/service/setup/open-gallery.js';
import { fleetWorld } from '../fixtures/fleet-world.js';
import { type GateKeyPair, placeOf, writeGateKey } from '../gate/protocol/gate-keys.js';
import { brokerFor } from '../service/demo/broker-for.js';
import { until } from '../until.js';
import { signalTo } from './box.js';
import { bundled } from './bundle.js';
import type { WholeBoxOptions } from './programs/whole-box.js';
import type { Scope } from './scope.js';

const SITE = 'chaos';
/** Badges at two of them; at the third everybody may go out. */
export const LANES = ['north', 'south', 'exit'] as const;
export type Lane = (typeof LANES)[number];
/** As many hold a badge: nobody is let in twice within moments. */
export const PEOPLE = 40;
const GALLERY_KEY = Buffer.alloc(32, 3);
const WATCHER = 'watcher';

export const topicsOf = (lane: Lane) => laneTopics(siteId(SITE), laneId(lane));
export type WholeSite = Awaited<ReturnType<typeof openWholeSite>>;

export async function openWholeSite(scope: Scope, folder: string) {
  const passwords = new Map<string, string>();
  const passwordOf = (login: string) => {
    const known = passwords.get(login) ?? randomBytes(12).toString('hex');
    passwords.set(login, known);
    return known;
  };
  const grantKey = newGrantKey('ed25519');
  const { signer } = await writeGateKey(folder);
  const fleet = await fleetWorld({ after: (end) => scope.after(end) });
  await writeFile(path.join(folder, 'root.json'), fleet.seedRoot);
  await writeFile(path.join(folder, 'box.age'), await newIdentity(), { mode: 0o600 });
  await writeFile(path.join(folder, 'gallery.key'), GALLERY_KEY, { mode: 0o600 });
  await writeFile(path.join(folder, 'grant.key'), grantKey.secret, { mode: 0o600 });
  await writeFile(path.join(folder, 'desk.pub'), newGrantKey('ed25519').forGate ?? '');
  await writeFile(path.join(folder, 'mqtt.password'), passwordOf('box'), { mode: 0o600 });
  const textFor = (url: string) => configText(folder, url);
  const access = accessListOf(parseConfig(textFor('mqtt://127.0.0.1:1883')));
  for (const line of access) if (line.startsWith('user ')) passwordOf(line.slice(5));
  passwordOf(WATCHER);
  const list = [...access, '', `user ${WATCHER}`, 'topic read #'];
  const broker = await brokerFor(scope, list, undefined, Object.fromEntries(passwords));
  const file = path.join(folder, 'twinstile.yaml');
  await writeFile(file, textFor(broker.url));
  const config = parseConfig(textFor(broker.url));
  await enroll(config);

  const connect = (username: string) => {
    const bus = connectBus({
      url: broker.url,
      clientId: `${username} here`,
      username,
      password: passwordOf(username),
    });
    scope.after(() => bus.close());
    return bus;
  };
  const releases = new Map<Lane, number>(LANES.map((lane) => [lane, 0]));
  for (const lane of LANES) serveGate(scope, lane, { connect, releases, signer, key: grantKey.forGate });
  const box = await startBox(scope, { config: file, vision: await bundled(scope, 'vision') });
  const states = new Map<Lane, string>();
  const watcher = connect(WATCHER);
  for (const lane of LANES)
    watcher.subscribe(topicsOf(lane).state, ({ payload }) => {
      states.set(lane, Buffer.from(payload).toString());
    });
  const readers = { north: connect('reader-north'), south: connect('reader-south') };
  let badges = 0;
  return {
    box,
    access,
    config,
    url: broker.url,
    passwordOf,
    /** What the broker holds of a lane's state. */
    states,
    opened: (lane: Lane) => releases.get(lane) ?? 0,
    /** Somebody shows their badge. */
    show(lane: 'north' | 'south') {
      badges += 1;
      const message = { v: 1, badge: `b-${badges % PEOPLE}`, reader: `${lane}-door`, read: `r-${badges}` };
      return readers[lane].publish(topicsOf(lane).badge, JSON.stringify(message), { qos: 1 });
    },
  };
}

interface GateWorld {
  readonly connect: (login: string) => ReturnType<typeof connectBus>;
  readonly releases: Map<Lane, number>;
  readonly signer: GateKeyPair['signer'];
  readonly key: Uint8Array | undefined;
}

function serveGate(scope: Scope, lane: Lane, { connect, releases, signer, key }: GateWorld): void {
  const stop = new AbortController();
  const ended = runActuator(
    {
      bus: connect(`gate-${lane}`),
      topics: topicsOf(lane).gate,
      place: placeOf(SITE, lane, lane),
      direction: lane === 'exit' ? 'out' : 'in',
      keys: [verifyingKey('k', 'ed25519', key ?? new Uint8Array())],
      signer,
      clock: systemClock,
      drive: {
        open: async () => void releases.set(lane, (releases.get(lane) ?? 0) + 1),
        close: async () => {},
      },
    },
    stop.signal,
  );
  scope.after(async () => {
    stop.abort();
    await ended;
  });
}

function configText(folder: string, url: string): string {
  const lanes = LANES.map(
    (lane) => `
  - id: ${lane}
    gate: ${lane}
    gate_key_file: ${folder}/gate.pub
    direction: ${lane === 'exit' ? 'out' : 'in'}
    pulse_ms: 300
    camera: { kind: usb, device: /dev/video0 }
    verification: { max_fmr: "1 in 10,000" }`,
  );
  return `
site: ${SITE}
data_dir: ${folder}/data
models: { folder: ${packsFolder({ env: process.env })} }
gallery:
  key_file: ${folder}/gallery.key
  fleet: { source: ${folder}/nowhere, root_file: ${folder}/root.json, key_file: ${folder}/box.age, device: box-1, models: { accept_releases: false } }
mqtt: { url: "${url}", username: box, password_file: ${folder}/mqtt.password }
home_assistant: { enabled: true }
grants: { key_id: k, algorithm: ed25519, key_file: ${folder}/grant.key }
access:
  time_zone: Europe/Berlin
  rules: [{ effect: grant, groups: [everyone] }]
  lanes: [{ id: north, credentials: badge-only }, { id: south, credentials: badge-only }, { id: exit, credentials: badge-only }]
commands:
  operators: [{ id: front-desk, key_file: ${folder}/desk.pub }]
  trust_broker: true
  broker_users: [{ id: panel, permissions: [open, reset, reload, sync, snapshot] }]
lanes:${lanes.join('')}
`;
}

async function enroll(config: Config): Promise<void> {
  const database = await openDatabase(databaseFile(config));
  const store = await openGallery(database, GALLERY_KEY);
  const consent = { textVersion: '1', givenAt: wallTime(0) };
  await store.apply(
    Array.from({ length: PEOPLE }, (_, n) => [
      { kind: 'put-person' as const, person: { id: personId(`p-${n}`), name: `Number ${n}`, consent } },
      { kind: 'add-badge' as const, badge: badgeId(`b-${n}`), person: personId(`p-${n}`) },
    ]).flat(),
  );
  await openAccessStore(database).saveMode(laneId('exit'), 'free-exit');
  await store.close();
  await database.close();
}

/** Last lines of a log. */
const MAX_LOG = 4000;

async function startBox(scope: Scope, options: WholeBoxOptions) {
  const program = fileURLToPath(new URL('./programs/whole-box.ts', import.meta.url));
  const states = new Map<string, { readonly mode: string; readonly degraded: readonly string[] }>();
  const failed: string[] = [];
  let lines = 0;
  let log = '';
  let openings = 0;
  const start = () => {
    const born = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let rest = '';
    born.stdout.setEncoding('utf8').on('data', (text: string) => {
      const told = (rest + text).split('\n');
      rest = told.pop() ?? '';
      for (const line of told) {
        const said = JSON.parse(line);
        if (said.kind === 'state') states.set(said.lane, said);
        if (said.kind === 'message-failed') failed.push(`${said.topic}: ${said.detail}`);
        if (said.kind === 'decision' && said.outcome === 'opened') openings += 1;
      }
    });
    born.stderr.setEncoding('utf8').on('data', (text: string) => {
      lines += text.split('\n').length - 1;
      log = (log + text).slice(-MAX_LOG);
      for (const [found] of text.matchAll(/messages? (?:was|were) dropped: [^"]*/g)) failed.push(found);
    });
    return born;
  };
  let child = start();
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  const end = async (signal: NodeJS.Signals) => {
    if (child.pid !== undefined && isAlive()) signalTo(child.pid, signal);
    await until(() => !isAlive(), 'the box ended').catch(() => child.kill('SIGKILL'));
    return child.exitCode;
  };
  scope.after(() => end('SIGKILL'));
  return {
    states,
    /** What a message broke inside of the wall. */
    failed,
    get lines() {
      return lines;
    },
    get log() {
      return log;
    },
    get openings() {
      return openings;
    },
    get isAlive() {
      return isAlive();
    },
    /** Resident memory in MiB. */
    get memory() {
      try {
        const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
        return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
      } catch {
        // It is gone, which others find out.
        return 0;
      }
    },
    /** @returns the exit code. */
    stop: () => end('SIGTERM'),
    restart() {
      states.clear();
      child = start();
    },
  };
}
