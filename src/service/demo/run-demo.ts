/** Runs the demonstration: a private broker, the reference gate, and one lane with a film or the user's camera. */

import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { personId } from '../../base/ids.js';
import { countPeople, plural } from '../../base/plural.js';
import { createDisposerStack } from '../../base/task-group.js';
import { sidesByMetric } from '../../biometrics/head/comparison.js';
import { digestOf, type ModelCard } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { newGrantKey } from '../../gate/protocol/signature.js';
import { temporaryFolder } from '../../platform/folders.js';
import type { Log } from '../../platform/log.js';
import { MAX_PHOTO_FILE, readPlainFile } from '../../platform/plain-file.js';
import { systemClock } from '../../platform/system-clock.js';
import { enrollCandidates } from '../../records/enrollment/enroll.js';
import type { EnrollmentCandidate, EnrollmentReport } from '../../records/enrollment/enrollment-report.js';
import { photosByPerson } from '../../records/enrollment/photo-folder.js';
import type { CameraSource } from '../../vision/ports/camera.js';
import type { PhotoEncoder } from '../../vision/ports/vision.js';
import type { Config } from '../config/config-schema.js';
import { parseConfig } from '../config/parse-config.js';
import { runDaemon } from '../daemon/daemon.js';
import { withGallery } from '../setup/open-gallery.js';
import { openPhotoEncoder } from '../setup/open-photo-encoder.js';
import { sandboxPolicyAround, sandboxPolicyOf } from '../setup/sandbox-policy.js';
import { readCamera } from '../setup/vision-process.js';
import { createTally, decisionLine, faultLine, HEADING } from './decision-line.js';
import { startGate } from './gate-process.js';
import { type DemoFilm, prepareFilm } from './prepare-film.js';
import { startPrivateBroker } from './private-broker.js';

export interface DemoOptions {
  readonly pack: string;
  readonly packFolder: string;
  /** Folder in which the film is cached; absent: it is made again. */
  readonly cacheFolder?: string | undefined;
  /** As on the command line; absent: the film. */
  readonly camera?: string;
  /** One subfolder of photographs per person; absent: the film's people. */
  readonly gallery?: string;
  /** Duration in seconds, after which it ends by itself. */
  readonly seconds?: number;
  readonly print: (line: string) => void;
  readonly log: Log;
  readonly env: NodeJS.ProcessEnv;
}

type FilmOptions = Pick<DemoOptions, 'pack' | 'packFolder' | 'cacheFolder' | 'print' | 'env'>;

const SITE = 'demo';
const LANE = 'lane-1';
const GATE = 'gate-1';
const KEY = 'demo-1';

/** @throws TwinstileError when something is missing: the broker, the pack, the photographs. */
export async function runDemo(options: DemoOptions, signal: AbortSignal): Promise<void> {
  const { print, log } = options;
  const folder = await temporaryFolder('twinstile-demo-');
  const disposers = createDisposerStack((step, detail) => log.warn({ step, detail }, 'stop'));
  disposers.add('folder', { close: () => rm(folder, { recursive: true, force: true }) });
  try {
    const { camera, gallery } = await sceneFor(options, folder);
    const broker = await startPrivateBroker({ onExit: (detail) => print(`Problem: ${detail}`) });
    disposers.add('broker', { close: () => broker.stop() });
    const key = newGrantKey('ed25519');
    await writeFile(path.join(folder, 'gallery.key'), randomBytes(32), { mode: 0o600 });
    await writeFile(path.join(folder, 'grant.key'), key.secret, { mode: 0o600 });
    await writeFile(path.join(folder, 'grant.pub'), key.forGate ?? '');
    const gateKey = newGrantKey('ed25519');
    await writeFile(path.join(folder, 'gate.key'), gateKey.secret, { mode: 0o600 });
    await writeFile(path.join(folder, 'gate.pub'), gateKey.forGate ?? '');
    const config = parseConfig(stringify(configFor(folder, options, broker.url, camera)));
    disposers.add(
      'gate',
      startGate({
        site: SITE,
        lane: LANE,
        gate: GATE,
        broker: broker.url,
        key: `${KEY}=${path.join(folder, 'grant.pub')}`,
        signKey: path.join(folder, 'gate.key'),
        onLine: (line) => log.debug({ line }, 'gate'),
        onExit: (detail) => print(`Problem: ${detail}`),
      }),
    );
    if (gallery !== undefined) await enrollAndReport(gallery, options, config, signal);
    print(`Broker at ${broker.url} (this machine only), the reference gate as a program of its own.`);
    print('Ctrl-C ends it.\n');
    print(HEADING);
    await watch(options, config, signal);
  } finally {
    await disposers.all();
  }
}

/** Chooses the camera and the gallery. */
async function sceneFor(
  options: DemoOptions,
  folder: string,
): Promise<{ readonly camera: CameraSource; readonly gallery: string | undefined }> {
  const { print } = options;
  const playback = { pace: 'real-time', loop: true } as const;
  if (options.camera !== undefined) {
    const camera = readCamera(options.camera, playback);
    if (options.gallery === undefined)
      print('Nobody is enrolled: add --gallery FOLDER with one subfolder of photographs per person.');
    return { camera, gallery: options.gallery };
  }
  const film = await filmOf(options, options.cacheFolder ?? path.join(folder, 'film'));
  print(
    `A film of ${countPeople(film.people)}, ${film.enrolled} of them enrolled from another crop of the same photograph.`,
  );
  return { camera: readCamera(film.film, playback), gallery: options.gallery ?? film.gallery };
}

/** Draws the film before it is shown; nothing where there is no place to keep it. */
export async function prepareDemo(options: FilmOptions): Promise<void> {
  if (options.cacheFolder !== undefined) await filmOf(options, options.cacheFolder);
}

async function filmOf({ pack, packFolder, print, env }: FilmOptions, folder: string): Promise<DemoFilm> {
  const { card } = await openPacks(packFolder).open(pack);
  return prepareFilm(folder, card, async () => {
    print('Drawing the film from the photographs in @vladmandic/face-api (only the first time) …');
    // Nothing of the demonstration's own is there yet.
    const reach = sandboxPolicyAround(env, [packFolder]);
    return (await openPhotoEncoder({ pack, packFolder, reach })).encoder;
  });
}

async function enrollAndReport(
  gallery: string,
  { pack, packFolder, print }: DemoOptions,
  config: Parameters<typeof enrollFolder>[1],
  signal: AbortSignal,
): Promise<void> {
  const reach = sandboxPolicyOf(config, packFolder, undefined, undefined);
  const open = await openPhotoEncoder({ pack, packFolder, reach });
  const report = await enrollFolder(gallery, config, open, signal).finally(() => open.encoder.close());
  print(`Enrolled ${countPeople(report.people)} from ${plural(report.accepted, 'photograph')}.`);
  for (const { file, person, sentence } of report.refusals)
    print(`Refused ${path.basename(file)} of ${person}: ${sentence}`);
}

async function watch(
  { seconds, print, log, env }: DemoOptions,
  config: Parameters<typeof enrollFolder>[1],
  signal: AbortSignal,
): Promise<void> {
  const tally = createTally();
  const start = performance.now();
  const limit = seconds === undefined ? [] : [AbortSignal.timeout(seconds * 1000)];
  await runDaemon(
    {
      config,
      log,
      env,
      observer: {
        onDecision(_lane, decision, outcome) {
          tally.count(decision, outcome);
          print(decisionLine(decision, outcome));
        },
        onNote: (_lane, note) => {
          const fault = faultLine(note);
          if (fault !== undefined) print(fault);
        },
      },
    },
    AbortSignal.any([signal, ...limit]),
  );
  for (const line of ['', ...tally.lines((performance.now() - start) / 1000)]) print(line);
}

const configFor = (folder: string, options: DemoOptions, broker: string, camera: CameraSource) => ({
  site: SITE,
  data_dir: path.join(folder, 'data'),
  models: { pack: options.pack, folder: options.packFolder },
  gallery: { key_file: path.join(folder, 'gallery.key') },
  mqtt: { url: broker },
  grants: { key_id: KEY, algorithm: 'ed25519', key_file: path.join(folder, 'grant.key') },
  lanes: [
    {
      id: LANE,
      gate: GATE,
      gate_key_file: path.join(folder, 'gate.pub'),
      direction: 'in',
      pulse_ms: 800,
      camera,
      // The film's people are side by side: only who is in the middle is to pass.
      roi: options.camera === undefined ? { x: 0.3, width: 0.4 } : {},
      identification: { max_fpir: '1 in 1,000' },
      // The film is made of photographs: a pack with PAD would refuse all of it. A camera is checked as in any lane.
      liveness: options.camera === undefined ? { mode: 'record' } : undefined,
    },
  ],
});

/** The user who starts the demonstration with photographs consents for these people, on this machine, until it ends. */
const CONSENT = 'demonstration';

/** Enrolls a folder of photographs, one subfolder per person. */
export async function enrollFolder(
  folder: string,
  config: Config,
  { encoder, card }: { readonly encoder: PhotoEncoder; readonly card: ModelCard },
  signal: AbortSignal,
): Promise<EnrollmentReport> {
  const consent = { textVersion: CONSENT, givenAt: systemClock.wall() };
  const candidates = (await photosByPerson(folder)).map(
    ({ person, path }): EnrollmentCandidate => ({
      person: { id: personId(person), name: person, consent },
      badges: [],
      file: path,
      read: () => readPlainFile(path, { maxBytes: MAX_PHOTO_FILE }),
    }),
  );
  return withGallery(
    config,
    undefined,
    ({ gallery: store }) =>
      enrollCandidates(
        candidates,
        {
          store,
          encoder,
          digest: digestOf(card),
          dimension: card.encoder.dimension,
          // Two of the film's people may have close vectors in the built-in pack, which is no reason to leave one out here.
          rules: {
            sides: sidesByMetric(card.encoder.metric),
            limits: () => ({}),
            tolerated: [],
            clock: systemClock,
          },
        },
        signal,
      ),
    'create',
  );
}
