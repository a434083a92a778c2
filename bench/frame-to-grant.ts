/** From the picture that decided until the gate has acknowledged: the whole lane over a real broker. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gateId, laneId, personId, siteId } from '../src/base/ids.js';
import { together } from '../src/base/task-group.js';
import { wallTime } from '../src/base/units.js';
import { digestOf } from '../src/biometrics/model-card.js';
import { runActuator } from '../src/gate/actuate.js';
import { createSimulator } from '../src/gate/drives/simulated-drive.js';
import { newGrantKey, signingKey, verifyingKey } from '../src/gate/protocol/signature.js';
import { laneTopics } from '../src/gate/protocol/topics.js';
import { connectBus } from '../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../src/platform/system-clock.js';
import { openGallery } from '../src/records/people/sql-gallery.js';
import { openDatabase } from '../src/records/sql/sqlite/sqlite-database.js';
import { startPrivateBroker } from '../src/service/demo/private-broker.js';
import { openPhotoEncoder } from '../src/service/setup/open-photo-encoder.js';
import { type CoreTimes, watchCore } from './core-process.js';
import { comingAndGoing, draw, enrollmentStills } from './film.js';
import { randomPeople } from './people.js';

export interface GrantTimes extends CoreTimes {
  readonly enrolled: number;
  readonly fps: number;
}

const FPS = 15;
const THERE = 12;
const AWAY = 8;

export interface GrantBench {
  readonly packFolder: string;
  readonly pack: string;
  readonly enrolled: number;
  readonly seconds: number;
}

export async function frameToGrant({ packFolder, pack, enrolled, seconds }: GrantBench): Promise<GrantTimes> {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-bench-'));
  const broker = await startPrivateBroker();
  const stop = new AbortController();
  try {
    const film = path.join(folder, 'film.avi');
    const stills = enrollmentStills(folder);
    await draw([comingAndGoing(film, (THERE + AWAY) * 12, FPS, THERE, AWAY)], stills);
    const grantKey = newGrantKey('ed25519');
    await writeFile(path.join(folder, 'gallery.key'), randomBytes(32));
    await writeFile(path.join(folder, 'grant.key'), grantKey.secret);
    const gateKey = newGrantKey('ed25519');
    await writeFile(path.join(folder, 'gate.pub'), gateKey.forGate ?? '');
    await fillGallery(folder, packFolder, pack, stills, enrolled);

    const config = path.join(folder, 'twinstile.yaml');
    await writeFile(config, configFor({ folder, packFolder, pack, url: broker.url, film }));

    const topics = laneTopics(siteId('bench'), laneId('lane'));
    const bus = connectBus({ url: broker.url, clientId: 'bench-gate' });
    const timer = setTimeout(() => stop.abort(), seconds * 1000);
    let core: CoreTimes | undefined;
    await together(stop.signal, [
      (signal) =>
        runActuator(
          {
            bus,
            topics: topics.gate,
            place: { site: siteId('bench'), lane: laneId('lane'), gate: gateId('gate') },
            signer: { protocol: 2, shared: [], own: signingKey('gate', 'ed25519', gateKey.secret) },
            direction: 'in',
            keys: [verifyingKey('bench', 'ed25519', grantKey.forGate ?? new Uint8Array())],
            drive: createSimulator({}),
            clock: systemClock,
          },
          signal,
        ),
      async (signal) => {
        core = await watchCore(config, signal);
      },
    ]);
    clearTimeout(timer);
    await bus.close();
    if (core === undefined) throw new Error('core did not run');
    return { enrolled, fps: FPS, ...core };
  } finally {
    stop.abort();
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The film's people among invented ones. */
async function fillGallery(
  folder: string,
  packFolder: string,
  pack: string,
  stills: readonly { readonly file: string }[],
  enrolled: number,
): Promise<void> {
  const { encoder, card } = await openPhotoEncoder({ pack, packFolder });
  const real: Float32Array[] = [];
  for (const { file } of stills) {
    const result = await encoder.encode(await readFile(file));
    const vector = result.kind === 'faces' ? result.faces[0]?.embedding : undefined;
    if (vector === undefined) throw new Error(`${file} has no face`);
    real.push(vector);
  }
  await encoder.close();
  const { dimension } = card.encoder;
  const length = Math.hypot(...(real[0] ?? []));
  const others = randomPeople(enrolled - real.length, dimension);
  const consent = { textVersion: 'bench', givenAt: wallTime(0) };
  const rows = [
    ...real.map((vector, index) => ({ id: personId(`real-${index}`), vector })),
    ...others.ids.map((id, row) => ({
      id,
      // The encoder's own length, so that strangers are neither nearer nor further for it.
      vector: others.matrix.slice(row * dimension, (row + 1) * dimension).map((value) => value * length),
    })),
  ];
  const people = rows.map(({ id, vector }) => ({ person: { id, name: id, consent }, vector }));
  const database = await openDatabase(path.join(folder, 'twinstile.db'));
  const store = await openGallery(database, await readFile(path.join(folder, 'gallery.key')));
  await store.apply(
    people.flatMap(({ person, vector: own }) => [
      { kind: 'put-person' as const, person },
      {
        kind: 'add-template' as const,
        template: {
          person: person.id,
          digest: digestOf(card),
          source: 'f'.repeat(64),
          vector: own,
          createdAt: wallTime(0),
        },
      },
    ]),
  );
  await store.close();
  await database.close();
}

const configFor = (of: {
  readonly folder: string;
  readonly packFolder: string;
  readonly pack: string;
  readonly url: string;
  readonly film: string;
}): string => `
site: bench
data_dir: ${of.folder}
models: { pack: ${of.pack}, folder: ${of.packFolder} }
gallery: { key_file: ${of.folder}/gallery.key }
mqtt: { url: "${of.url}" }
grants: { key_id: bench, algorithm: ed25519, key_file: ${of.folder}/grant.key }
lanes:
  - id: lane
    gate: gate
    gate_key_file: ${of.folder}/gate.pub
    direction: in
    pulse_ms: 100
    camera: { kind: file, path: ${of.film}, pace: real-time, loop: true }
    identification: { max_fpir: 0.01, frames: 3 }
`;
