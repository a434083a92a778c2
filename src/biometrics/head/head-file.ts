/**
 * Reads and writes heads as JSON whose weights are base64 of float32, least significant byte first.
 *
 * The file carries the digest of the encoder it was trained for: a head behind another encoder would let impostors match.
 */
import { z } from 'zod';
import { compact } from '../../base/compact.js';
import { TwinstileError } from '../../base/errors.js';
import { type ModelDigest, modelDigest } from '../../base/ids.js';
import {
  createArtifactFile,
  type Float32Read,
  float32FromText,
  float32ToText,
  sha256Text,
} from '../artifact-file.js';
import { calibrationTable } from '../model-card.js';
import { headCard } from '../training-record.js';
import { CROWD_OUTPUTS, type Crowd } from './crowd-context.js';
import type { Head, Projection } from './head.js';
import type { Matrix } from './matrix.js';

/** A half-twin of 1024 dimensions with two layers each comes to 34 MB of text. */
export const MAX_HEAD_FILE = 64_000_000;

const MAX_DIMENSION = 4096;
const size = z.int().positive().max(MAX_DIMENSION);
const matrix = z.strictObject({ rows: size, columns: size, float32: z.string() });

const projection = z.strictObject({
  unitInput: z.boolean(),
  centre: z.string().optional(),
  linear: matrix.optional(),
  bend: z.strictObject({ hidden: matrix, bias: z.string(), out: matrix }).optional(),
  unitOutput: z.boolean(),
});

const crowdFile = z.strictObject({
  places: matrix,
  shares: z.string(),
  sharpness: z.number().positive().max(1000),
});

const artifact = createArtifactFile({
  format: 'twinstile-head/1',
  noun: 'a head',
  code: 'head-refused',
  fields: {
    kind: z.enum(['identity', 'twin', 'half-twin']),
    encoder: sha256Text,
    dimension: size,
    outputs: size,
    /** Absent in a half-twin's file: both sides of a twin. */
    both: projection.optional(),
    template: projection.optional(),
    live: projection.optional(),
    crowd: crowdFile.optional(),
    card: headCard,
    calibration: calibrationTable.optional(),
  },
  maxSize: MAX_HEAD_FILE,
  hints: {
    content: 'Take the head from its source again, or train it again: twinstile train head.',
    file: 'Name a head file.',
    missing: 'Train a head first: twinstile train head.',
    unwritable: 'Name a file in a folder that can be written.',
  },
});
const { refused } = artifact;

type HeadContent = ReturnType<typeof artifact.fromText>;

/** @param head whose numbers are finite: one that learned NaN is not written. @throws TwinstileError 'head-refused'. */
export function headToText(head: Head): string {
  const sides =
    head.kind === 'half-twin'
      ? { template: projectionToFile(head.template), live: projectionToFile(head.live) }
      : { both: projectionToFile(head.live) };
  const { kind, encoder, dimension, outputs, card, calibration } = head;
  const crowd = head.crowd === undefined ? undefined : crowdToFile(head.crowd);
  const text = artifact.toText({ kind, encoder, dimension, outputs, ...sides, crowd, card, calibration });
  headFromText(text, encoder);
  return text;
}

/**
 * @param encoder digest of the pack's card in use.
 * @throws TwinstileError 'head-refused' for a file that is broken, foreign, too large, not finite or not of one size.
 */
export function headFromText(text: string, encoder: ModelDigest): Head {
  const content = artifact.fromText(text);
  if (content.encoder !== encoder)
    throw new TwinstileError({
      code: 'head-refused',
      message: `Expected a head for the encoder ${encoder.slice(0, 12)}, got one for ${content.encoder.slice(0, 12)}.`,
      hint: 'Train a head for the pack in use, or use the pack it was trained for.',
    });
  return headOf(content);
}

/**
 * @param encoder digest of the pack's card in use.
 * @throws TwinstileError 'head-refused': missing, too large (checked before it is read), broken, or trained for another encoder.
 */
export const readHead = async (file: string, encoder: ModelDigest): Promise<Head> =>
  headFromText(await artifact.read(file), encoder);

/** Writes completely or not at all: a crash leaves the old head in place. @throws TwinstileError 'head-refused'. */
export const writeHead = async (file: string, head: Head): Promise<void> =>
  artifact.write(file, headToText(head));

function headOf(data: HeadContent): Head {
  const { kind, encoder, dimension, outputs, crowd, card, calibration } = data;
  const template = data.both ?? data.template;
  const live = data.both ?? data.live;
  const sided = kind === 'half-twin';
  const fits = sided ? data.both === undefined : data.template === undefined && data.live === undefined;
  if (template === undefined || live === undefined || !fits)
    throw refused('both sides of a twin, or each side of a half-twin', `something else for a ${kind}`);
  if (kind === 'identity' && !doesNothing(live, dimension, outputs))
    throw refused('an identity that does nothing', 'one with weights');
  const projected = outputs - (crowd === undefined ? 0 : CROWD_OUTPUTS);
  if (crowd !== undefined && (kind === 'identity' || !template.unitOutput || !live.unitOutput))
    throw refused('a crowd behind projections to unit length', `one for a ${kind} without`);
  const liveSide = projectionFrom(live, dimension, projected);
  return compact({
    kind,
    encoder: modelDigest(encoder),
    dimension,
    outputs,
    template: sided ? projectionFrom(template, dimension, projected) : liveSide,
    live: liveSide,
    crowd: crowd === undefined ? undefined : crowdFrom(crowd, projected),
    card,
    calibration,
  });
}

type FileProjection = z.infer<typeof projection>;
type FileMatrix = z.infer<typeof matrix>;

const doesNothing = (side: FileProjection, dimension: number, outputs: number): boolean =>
  dimension === outputs &&
  !side.unitInput &&
  !side.unitOutput &&
  side.centre === undefined &&
  side.linear === undefined &&
  side.bend === undefined;

function projectionToFile({ unitInput, centre, linear, bend, unitOutput }: Projection): FileProjection {
  return {
    unitInput,
    centre: centre === undefined ? undefined : float32ToText(centre),
    linear: linear === undefined ? undefined : matrixToFile(linear),
    bend:
      bend === undefined
        ? undefined
        : {
            hidden: matrixToFile(bend.hidden),
            bias: float32ToText(bend.bias),
            out: matrixToFile(bend.out),
          },
    unitOutput,
  };
}

function projectionFrom(side: FileProjection, dimension: number, outputs: number): Projection {
  const { unitInput, unitOutput, centre, linear, bend } = side;
  if (linear === undefined && outputs !== dimension)
    throw refused(`${dimension} outputs without a matrix`, `${outputs}`);
  return compact({
    unitInput,
    unitOutput,
    centre: centre === undefined ? undefined : checked(float32FromText(centre, dimension), 'centre'),
    linear: linear === undefined ? undefined : matrixFrom(linear, outputs, dimension, 'linear'),
    bend:
      bend === undefined
        ? undefined
        : {
            hidden: matrixFrom(bend.hidden, bend.hidden.rows, dimension, 'hidden'),
            bias: checked(float32FromText(bend.bias, bend.hidden.rows), 'bias'),
            out: matrixFrom(bend.out, outputs, bend.hidden.rows, 'out'),
          },
  });
}

const crowdToFile = ({ places, shares, sharpness }: Crowd): z.infer<typeof crowdFile> => ({
  places: matrixToFile(places),
  shares: float32ToText(shares),
  sharpness,
});

function crowdFrom(of: z.infer<typeof crowdFile>, projected: number): Crowd {
  const places = matrixFrom(of.places, of.places.rows, projected, 'places');
  const shares = checked(float32FromText(of.shares, places.rows), 'shares');
  // With a share of 0 or below, or places that are no directions, a distance could become smaller than it is.
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (!shares.every((share) => share > 0) || !(Math.abs(total - 1) < 1e-3))
    throw refused('shares above 0 that are 1 in all', `${total}`);
  for (let row = 0; row < places.rows; row += 1) {
    const length = Math.hypot(...places.data.subarray(row * projected, (row + 1) * projected));
    if (!(Math.abs(length - 1) < 1e-3)) throw refused('places of unit length', `${length}`);
  }
  return { places, shares, sharpness: of.sharpness };
}

const matrixToFile = ({ rows, columns, data }: Matrix): FileMatrix => ({
  rows,
  columns,
  float32: float32ToText(data),
});

function matrixFrom(of: FileMatrix, rows: number, columns: number, name: string): Matrix {
  if (of.rows !== rows || of.columns !== columns)
    throw refused(`${name} [${rows}, ${columns}]`, `[${of.rows}, ${of.columns}]`);
  return { rows, columns, data: checked(float32FromText(of.float32, rows * columns), name) };
}

function checked(numbers: Float32Read, name: string): Float32Array {
  if ('problem' in numbers) throw refused(`finite numbers in ${name}`, numbers.problem);
  return numbers.values;
}
