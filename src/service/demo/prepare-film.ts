/** Makes the demonstration's film and its people from the photographs in npm @vladmandic/face-api, and caches them. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { falseMatchRate } from '../../base/units.js';
import { distanceOf } from '../../biometrics/distance.js';
import { distanceAt } from '../../biometrics/fmr.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import { makeFolder } from '../../platform/folders.js';
import { programCommand } from '../../platform/spawn-worker.js';
import { type Box, centreOf, type Point } from '../../vision/geometry.js';
import type { StillOptions, VideoOptions } from '../../vision/opencv/write-video.js';
import type { PhotoEncoder } from '../../vision/ports/vision.js';
import { nativeEnvironment } from '../setup/vision-process.js';
import {
  cameraMove,
  type DemoPerson,
  enrollmentWindow,
  FILM_FPS,
  FILM_SIZE,
  type FoundFace,
  peopleIn,
  runningOrder,
} from './demo-people.js';

export interface DemoFilm {
  readonly film: string;
  /** One subfolder of stills for each person who is enrolled. */
  readonly gallery: string;
  readonly people: number;
  readonly enrolled: number;
}

/** False match rate of the distance below which two faces count as one person in this film. */
const SAME_PERSON = falseMatchRate(1e-3);
const STILL = { width: 400, height: 400 };
/** Smallest distance of the eyes in pixels: smaller faces would be enlarged beyond recognition. */
const MIN_EYES = 40;
/** Ratio of a face's width to the distance of its eyes; used because the boxes of detectors differ. */
const FACE_WIDTH = 2;

/**
 * @param folder where films are kept.
 * @param most largest number of people; all that are found when absent.
 * @param open starts the encoder; called only when there is no film yet.
 * @throws TwinstileError 'setup-incomplete' when the photographs are not there.
 */
export async function prepareFilm(
  folder: string,
  card: ModelCard,
  open: () => Promise<PhotoEncoder>,
  most = Number.POSITIVE_INFINITY,
): Promise<DemoFilm> {
  const photos = await demoPhotos();
  const kept = path.join(folder, `film-${digestOf(card, most)}`);
  if (!existsSync(kept)) {
    const encoder = await open();
    try {
      const beside = `${kept}.${process.pid}`;
      await rm(beside, { recursive: true, force: true });
      await draw(beside, peopleOf(await facesIn(photos, encoder), card).slice(0, most));
      await putInPlace(beside, kept);
    } finally {
      await encoder.close();
    }
  }
  const { people, enrolled } = JSON.parse(await readFile(path.join(kept, 'people.json'), 'utf8')) as {
    people: number;
    enrolled: number;
  };
  return { film: path.join(kept, 'film.avi'), gallery: path.join(kept, 'gallery'), people, enrolled };
}

async function putInPlace(beside: string, kept: string): Promise<void> {
  try {
    await rename(beside, kept);
  } catch (error) {
    // Another process made the same film meanwhile: it is equivalent.
    if (!existsSync(kept)) throw error;
    await rm(beside, { recursive: true });
  }
}

const SQUARE: Box = { x: 0, y: 0, width: 100, height: 100 };

/** Digest of all inputs of the film. */
function digestOf(card: ModelCard, most: number): string {
  const models = [card.encoder.model.sha256, card.detector.model.sha256];
  const plan = [cameraMove([{ photo: '', face: SQUARE }]), enrollmentWindow(SQUARE), STILL];
  const parts = [...models, plan, FILM_SIZE, String(most)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

async function demoPhotos(): Promise<readonly string[]> {
  const packageFile = createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json');
  const demo = path.join(path.dirname(packageFile), 'demo');
  // A missing folder is reported below, as an empty one is.
  const names = await readdir(demo).catch(() => []);
  const photos = names.filter((name) => /^sample\d+\.jpg$/.test(name)).sort();
  if (photos.length > 0) return photos.map((name) => path.join(demo, name));
  throw new TwinstileError({
    code: 'setup-incomplete',
    message: `Expected photographs in ${demo}, got none.`,
    hint: 'Run npm ci, or bring your own film and people with --camera and --gallery.',
  });
}

async function facesIn(photos: readonly string[], encoder: PhotoEncoder): Promise<readonly FoundFace[]> {
  const found: FoundFace[] = [];
  for (const photo of photos) {
    const result = await encoder.encode(await readFile(photo));
    if (result.kind !== 'faces') continue;
    for (const { box, interOcular, embedding, problems } of result.faces)
      if (embedding !== undefined && problems.length === 0 && interOcular >= MIN_EYES)
        found.push({ photo, face: faceAround(centreOf(box), interOcular), embedding });
  }
  return found;
}

function faceAround({ x, y }: Point, interOcular: number): Box {
  const side = interOcular * FACE_WIDTH;
  return { x: x - side / 2, y: y - side / 2, width: side, height: side };
}

function peopleOf(faces: readonly FoundFace[], { encoder, calibration }: ModelCard): readonly DemoPerson[] {
  const same = calibration === undefined ? 0 : (distanceAt(calibration, SAME_PERSON) ?? 0);
  return peopleIn(faces, distanceOf[encoder.metric], same);
}

async function draw(folder: string, people: readonly DemoPerson[]): Promise<void> {
  const enrolled = people.filter((person) => person.enrolled);
  const stills = enrolled.flatMap(({ id, subjects }) =>
    subjects.map(
      ({ photo, face }, index): StillOptions => ({
        file: path.join(folder, 'gallery', id, `${index + 1}.jpg`),
        photo,
        window: enrollmentWindow(face),
        gain: 1.08,
        offset: 6,
        size: STILL,
      }),
    ),
  );
  for (const { file } of stills) await makeFolder(path.dirname(file));
  const film: VideoOptions = {
    file: path.join(folder, 'film.avi'),
    size: FILM_SIZE,
    fps: FILM_FPS,
    views: cameraMove(runningOrder(people)),
  };
  await drawElsewhere({ films: [film], stills });
  const counts = { people: people.length, enrolled: enrolled.length };
  await writeFile(path.join(folder, 'people.json'), JSON.stringify(counts));
}

function drawElsewhere(order: {
  readonly films: readonly VideoOptions[];
  readonly stills: readonly StillOptions[];
}) {
  const { command, args } = programCommand('demo-video-worker');
  const child = spawn(command, args, {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: nativeEnvironment(process.env),
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said = (said + text.toString()).slice(-2000);
  });
  child.stdin.end(JSON.stringify(order));
  return new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, ended) =>
      code === 0
        ? resolve()
        : reject(
            new TwinstileError({
              code: 'internal',
              message: `The film could not be made: ${(said.trim() || ended) ?? `exit code ${code}`}.`,
              hint: 'Check that there is space on the disk.',
            }),
          ),
    );
  });
}
