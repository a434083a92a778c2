/** Chips of faces as they are and with coverings drawn on, of one half of the people of a folder, as both kinds of detector align them. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { photosByPerson } from '../src/records/enrollment/photo-folder.js';
import { byProminence, type Face } from '../src/vision/detection/face.js';
import { landmarkCrop, pointsOf } from '../src/vision/detection/landmarks68.js';
import type { Point } from '../src/vision/geometry.js';
import { similarityBetween } from '../src/vision/geometry.js';
import { cv } from '../src/vision/opencv/cv.js';
import { pictureOf } from '../src/vision/opencv/opencv-picture.js';
import { QUALITY_CHIP } from '../src/vision/pipeline/assess-quality.js';
import { findFacesAtSizes } from '../src/vision/pipeline/encode-photo.js';
import type { Models } from '../src/vision/pipeline/load-models.js';
import type { Picture } from '../src/vision/ports/picture.js';
import { photoEncoderSettings } from '../src/vision/ports/vision.js';
import {
  CLOTHS,
  CONTROLS,
  COVERINGS,
  type Covered,
  type DrawPlan,
  drawCovering,
  type Pixels,
} from './draw-covering.js';

/** 'made-on': the weights of the rule come from these people. 'set-on': its bound does. 'examined': it never saw them. */
export type Part = 'made-on' | 'set-on' | 'examined';

/** By the hash of the name, so that each command deals the people alike: a half, a quarter and a quarter. */
export const partOf = (person: string): Part =>
  (['made-on', 'set-on', 'made-on', 'examined'] as const)[
    (createHash('sha256').update(person).digest()[0] ?? 0) % 4
  ] ?? 'made-on';

export interface CoveringSample {
  readonly person: string;
  readonly file: string;
  readonly covering: Covered | 'none';
  readonly cloth: string;
  readonly pixels: Pixels;
}

export interface SamplePlan {
  readonly folder: string;
  readonly part: Part;
  /** Models that give the 68 landmarks: those of pack `builtin`. */
  readonly landmarks: Models;
  /** Coverings drawn onto each of the first photographs of a person. */
  readonly drawn: number;
  /** How many photographs of a person are taken, and how many of them are drawn on. */
  readonly photos: number;
  readonly drawnOn: number;
}

/** Each photograph as it is, and then with coverings. Photographs without a face that can be drawn on are passed over. */
export async function* coveringSamples(plan: SamplePlan): AsyncGenerator<CoveringSample> {
  const taken = new Map<string, number>();
  let turn = 0;
  for (const { person, path: file } of await photosByPerson(plan.folder)) {
    if (partOf(person) !== plan.part) continue;
    const before = taken.get(person) ?? 0;
    taken.set(person, before + 1);
    if (before >= plan.photos) continue;
    const pixels = pixelsOf(file);
    yield { person, file, covering: 'none', cloth: '', pixels };
    if (before >= plan.drawnOn) continue;
    const marks = await marksOf(pixels, plan.landmarks);
    if (marks === undefined) continue;
    for (let n = 0; n < plan.drawn; n += 1) {
      const next = planOf(turn);
      turn += 1;
      const [cloth = ''] = Object.entries(CLOTHS).find(([, colour]) => colour === next.cloth) ?? [];
      yield { person, file, covering: next.covering, cloth, pixels: drawCovering(pixels, marks, next) };
    }
  }
}

const KINDS = [...COVERINGS, ...CONTROLS];

function planOf(turn: number): DrawPlan {
  const cloths = Object.values(CLOTHS);
  return {
    covering: KINDS[turn % KINDS.length] ?? 'scarf',
    cloth: cloths[Math.floor(turn / KINDS.length) % cloths.length] ?? [0, 0, 0],
    seed: ((turn * 37) % 1009) / 1009,
  };
}

/** The chip that the quality rules look at; undefined where the pack finds no face. */
export async function chipIn(
  picture: Picture,
  models: Models,
): Promise<{ chip: Uint8Array; face: Face } | undefined> {
  const settings = photoEncoderSettings({ pack: models.card.name, packFolder: '' });
  const [face] = byProminence(await findFacesAtSizes(picture, models, settings), picture);
  if (face === undefined) return undefined;
  const { side, points } = QUALITY_CHIP;
  return { face, chip: picture.warp(similarityBetween(face.points, points), side, side) };
}

/** Through a JPEG of this quality, as a camera or an album would have kept it. @param gain of the light, 1 for as it is. */
export function asTaken({ data, width, height }: Pixels, quality = 92, gain = 1): Picture {
  const lit = gain === 1 ? data : data.map((value) => Math.min(255, value * gain));
  const raw = new cv.Mat(Buffer.from(lit), height, width, cv.CV_8UC3);
  const bytes = cv.imencode('.jpg', raw, [cv.IMWRITE_JPEG_QUALITY, quality]);
  raw.release();
  return pictureOf(cv.imdecode(bytes, cv.IMREAD_COLOR));
}

export function pixelsOf(file: string): Pixels {
  const mat = cv.imdecode(readFileSync(file), cv.IMREAD_COLOR);
  const pixels = { data: Uint8Array.from(mat.getData()), width: mat.cols, height: mat.rows };
  mat.release();
  return pixels;
}

async function marksOf(pixels: Pixels, models: Models): Promise<readonly Point[] | undefined> {
  if (models.landmarks === undefined) throw new RangeError('Expected models with 68 landmarks, got others.');
  const picture = asTaken(pixels, 100);
  const found = await chipIn(picture, models);
  const crop = found === undefined ? undefined : landmarkCrop(found.face.box);
  const scale = crop === undefined ? 0 : 112 / crop.width;
  const data = crop && picture.warp({ a: scale, b: 0, tx: -crop.x * scale, ty: -crop.y * scale }, 112, 112);
  picture.release();
  if (crop === undefined || data === undefined) return undefined;
  const outputs = await models.landmarks.run({ picture: { type: 'uint8', data, shape: [1, 112, 112, 3] } });
  return pointsOf(Object.values(outputs)[0]?.data ?? new Float32Array(), crop);
}
