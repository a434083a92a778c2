/**
 * One gallery and many gates, measured: publishing, the first sync and a change of one person with many people, then many
 * light clients (the real trust and fetching code, without a database each) against one web server.
 *
 *   node --import tsx bench/fleet.ts [--people 100000] [--devices 1000] [--json]
 *
 * The web server is nginx where it is installed (Debian: apt install nginx-light): see web-server.ts.
 */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { badgeId, modelDigest, personId } from '../src/base/ids.js';
import { wallTime } from '../src/base/units.js';
import type {
  AppliedGallery,
  FleetGallery,
  FleetSource,
  GalleryUpdate,
  StoredTrust,
} from '../src/fleet/fleet-ports.js';
import { delegateSite, initFleet } from '../src/fleet/publish/key-ceremony.js';
import { publishGallery } from '../src/fleet/publish/publish-gallery.js';
import { openPublishSource } from '../src/fleet/publish/publish-source.js';
import { LIFETIMES } from '../src/fleet/publish/sign-metadata.js';
import { encryptTo, newIdentity, openerOf, recipientOf } from '../src/fleet/repository/age.js';
import { blobFolder } from '../src/fleet/repository/blob-folder.js';
import { httpSource } from '../src/fleet/repository/http-source.js';
import { newSigner } from '../src/fleet/repository/keyring.js';
import { metadataFolder, repositoryFolder } from '../src/fleet/repository/repository-folder.js';
import { siteFiles } from '../src/fleet/repository/site-files.js';
import { openFleetGallery } from '../src/fleet/sqlite/fleet-gallery.js';
import { syncGallery } from '../src/fleet/sync/sync-gallery.js';
import { NO_TRUSTED_VERSIONS } from '../src/fleet/tuf/trusted-versions.js';
import type { GalleryChange } from '../src/records/people/person.js';
import { openGallery } from '../src/records/people/sql-gallery.js';
import { openDatabase } from '../src/records/sql/sqlite/sqlite-database.js';
import { BENCH } from './acts.js';
import { longestWait } from './longest-wait.js';
import { swapFigures } from './swap.js';
import { serve } from './web-server.js';

const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '100000' },
    devices: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
});
const PEOPLE = Number(values.people);
const DEVICES = Number(values.devices);
const DIMENSION = 128;
const TEMPLATES = 3;
const DIGEST = modelDigest('d'.repeat(64));
const KEY = Buffer.alloc(32, 7);

const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-bench-fleet-'));
const report: Record<string, number | string> = {
  people: PEOPLE,
  devices: DEVICES,
  cpu: cpus()[0]?.model ?? '?',
  cores: cpus().length,
};
const note = (name: string, value: number | string): void => {
  report[name] = typeof value === 'number' ? Math.round(value * 1000) / 1000 : value;
  process.stderr.write(`${name}: ${report[name]}\n`);
};
async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  note(`${name}_s`, (performance.now() - start) / 1000);
  return result;
}

function person(number: number, name = `Person ${number}`): readonly GalleryChange[] {
  const id = personId(`p${number}`);
  return [
    { kind: 'put-person', person: { id, name, consent: { textVersion: '1', givenAt: wallTime(1) } } },
    ...Array.from({ length: TEMPLATES }, (_, each) => {
      const vector = new Float32Array(DIMENSION);
      for (let i = 0; i < DIMENSION; i += 1) vector[i] = Math.random() - 0.5;
      const length = Math.hypot(...vector);
      return {
        kind: 'add-template' as const,
        template: {
          person: id,
          digest: DIGEST,
          source: createHash('sha256').update(`${number} ${each}`).digest('hex'),
          vector: vector.map((value) => value / length),
          createdAt: wallTime(1),
        },
      };
    }),
    { kind: 'add-badge', badge: badgeId(`b${number}`), person: id },
  ];
}

/** Counts what was asked for. */
function counted(source: FleetSource): FleetSource & { readonly sum: { files: number; bytes: number } } {
  const sum = { files: 0, bytes: 0 };
  return {
    ...source,
    sum,
    fetch: async (name, most, signal) => {
      const bytes = await source.fetch(name, most, signal);
      sum.files += 1;
      sum.bytes += bytes?.length ?? 0;
      return bytes;
    },
  };
}

/** A device that keeps what it trusts and which segments it has, and no gallery. */
function lightGallery(): FleetGallery {
  let trust: StoredTrust = {
    pieces: new Map(),
    trustedVersions: NO_TRUSTED_VERSIONS,
    trustedTime: wallTime(0),
  };
  let applied: AppliedGallery | undefined;
  return {
    load: async () => trust,
    save: async (next) => {
      trust = next;
    },
    applied: async () => applied,
    receive: async () => ({
      put: async () => {},
      apply: async (update) => {
        applied = update;
        trust = update.trust;
        return { put: 0, removed: 0, leftOut: [] };
      },
      close: async () => {},
    }),
    revoke: async () => false,
  };
}
const nothingKept = { get: async () => undefined, put: async () => {}, clear: async () => {} };

try {
  const places = {
    keys: path.join(folder, 'keys'),
    fleet: path.join(folder, 'fleet'),
    out: path.join(folder, 'out'),
  };
  await mkdir(places.out, { recursive: true });
  const metadata = metadataFolder(path.join(places.fleet, 'metadata'));
  const office = siteFiles(places.fleet, 'hq');
  const signer = async (name: string) => newSigner(places.keys, name);
  const keys = {
    root: await signer('root-1'),
    targets: await signer('targets-1'),
    snapshot: await signer('snapshot-1'),
    timestamp: await signer('timestamp-1'),
    site: await signer('site-hq-1'),
  };
  const now = () => wallTime(Date.now());
  const ceremony = { folder: metadata, now: now(), lifetimes: LIFETIMES, signers: Object.values(keys) };
  const alone = (name: keyof typeof keys) => ({ keys: [keys[name].key], threshold: 1 });
  const seedRoot = await initFleet(ceremony, {
    root: alone('root'),
    targets: alone('targets'),
    snapshot: alone('snapshot'),
    timestamp: alone('timestamp'),
  });
  await delegateSite(ceremony, 'hq', alone('site'));
  const identity = await newIdentity();
  await office.setDevices({ box: await recipientOf(identity) });

  const database = await openDatabase(path.join(folder, 'registrar', 'twinstile.db'));
  const registrar = await openGallery(database, KEY);
  await timed('enroll', async () => {
    for (let first = 0; first < PEOPLE; first += 500)
      await registrar.apply(
        Array.from({ length: Math.min(500, PEOPLE - first) }, (_, i) => person(first + i)).flat(),
      );
  });
  const people = await openPublishSource(database, KEY);
  const publish = async () =>
    publishGallery({
      folder: metadata,
      site: 'hq',
      people,
      out: repositoryFolder(places.out),
      state: office.state,
      siteSigners: [keys.site],
      snapshot: [keys.snapshot],
      timestamp: [keys.timestamp],
      siteIdentity: await office.identity(),
      devices: Object.values(await office.devices()),
      encrypt: encryptTo,
      now: now(),
      lifetimes: LIFETIMES,
    });
  const first = await timed('publish_first', publish);
  note('segments', first.segments);
  note('repository_MB', first.bytes / 1e6);

  const server = await serve(places.out);
  const { url } = server;
  note('server', server.kind);
  try {
    const boxDatabase = await openDatabase(path.join(folder, 'box', 'twinstile.db'));
    const gallery = await openFleetGallery(boxDatabase, KEY, BENCH);
    const source = counted(httpSource(url));
    const parts = (more: { readonly gallery: FleetGallery; readonly source: FleetSource }) => ({
      kept: blobFolder(path.join(folder, 'box', 'kept')),
      site: 'hq',
      seedRoot,
      device: openerOf(identity),
      openerOf,
      own: { digest: DIGEST, dimension: DIMENSION, isUnit: true },
      clock: now,
      ...more,
    });
    const measured = {
      ...gallery,
      receive: async (bits: number) => {
        const intake = await gallery.receive(bits);
        const apply = async (update: GalleryUpdate) => {
          const start = process.cpuUsage();
          const sum = await timed('sync_first_apply', () => intake.apply(update));
          const { user, system } = process.cpuUsage(start);
          note('sync_first_apply_cpu_s', (user + system) / 1e6);
          return sum;
        };
        return { put: intake.put.bind(intake), apply, close: intake.close.bind(intake) };
      },
    };
    const writer = longestWait(path.join(folder, 'box', 'twinstile.db'));
    const before = process.cpuUsage();
    await timed('sync_first', () => syncGallery(parts({ gallery: measured, source })));
    const { user, system } = process.cpuUsage(before);
    note('sync_first_cpu_s', (user + system) / 1e6);
    note('sync_first_other_writer_waits_s', await writer.end());
    note('sync_first_MB', source.sum.bytes / 1e6);
    await timed('sync_unchanged', () => syncGallery(parts({ gallery, source })));

    // Each light client has what the first version is, without fetching it: a copy of the box's state.
    const trust = await gallery.load();
    const applied = await gallery.applied();
    await registrar.apply(person(7, 'Renamed'));
    await timed('publish_change', publish);
    source.sum.bytes = 0;
    source.sum.files = 0;
    await timed('sync_change', () => syncGallery(parts({ gallery, source })));
    note('sync_change_KB', source.sum.bytes / 1e3);
    note('sync_change_files', source.sum.files);
    for (const [name, value] of Object.entries(await swapFigures(boxDatabase, KEY, DIGEST, DIMENSION)))
      note(`swap_${name}`, value);

    const clients = await Promise.all(
      Array.from({ length: DEVICES }, async () => {
        const light = lightGallery();
        if (applied !== undefined)
          await (await light.receive(applied.bits)).apply({
            ...applied,
            revokedThrough: 0,
            trust,
            leftOut: [],
          });
        return light;
      }),
    );
    const [cpuBefore, requestsBefore] = [await server.cpu(), await server.requests()];
    const spent: number[] = [];
    let bytes = 0;
    const start = performance.now();
    await Promise.all(
      clients.map(async (light) => {
        // All of them share one core here, and wait for each other: that is not the server's silence.
        const own = counted(httpSource(url, undefined, { silence: 300_000, total: 600_000 }));
        await syncGallery({ ...parts({ gallery: light, source: own }), kept: nothingKept });
        spent.push((performance.now() - start) / 1000);
        bytes += own.sum.bytes;
        await own.close();
      }),
    );
    spent.sort((a, b) => a - b);
    note('fleet_half_s', spent[spent.length >> 1] ?? 0);
    note('fleet_last_s', spent.at(-1) ?? 0);
    note('fleet_KB_each', bytes / DEVICES / 1e3);
    note('server_cpu_s', (await server.cpu()) - cpuBefore);
    if (requestsBefore !== undefined)
      note('server_requests', ((await server.requests()) ?? 0) - requestsBefore);
    await source.close();
    await boxDatabase.close();
  } finally {
    await server.stop();
  }
  await database.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(
  values.json
    ? `${JSON.stringify(report)}\n`
    : `${Object.entries(report)
        .map(([name, value]) => `${name.padEnd(20)} ${value}`)
        .join('\n')}\n`,
);
