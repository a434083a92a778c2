/**
 * A head as a file: JSON whose weights are base64 of float32, least significant byte first.
 *
 * The file carries the SHA-256 of everything else in it, and the digest of the encoder it was made for: a head behind
 * another encoder would let strangers match.
 */

import { z } from 'zod';
import { compact } from '../../base/compact.js';
import { TwinstileError } from '../../base/errors.js';
import { type ModelDigest, modelDigest } from '../../base/ids.js';
import { type Numbers, numbersOf, textOf } from '../float-text.js';
import { integrityOf } from '../integrity.js';
import { calibrationTable } from '../model-card.js';
import { headCard } from '../training-record.js';
import { CROWD_OUTPUTS, type Crowd } from './crowd-context.js';
import type { Head, Projection } from './head.js';
import type { Matrix } from './matrix.js';

export const HEAD_FORMAT = 'twinstile-head/1';

/** A half-twin of 1024 dimensions with two layers each comes to 34 MB of text; whatever is larger is no head of ours. */
export const MAX_HEAD_FILE = 64_000_000;

const MAX_DIMENSION = 4096;
const size = z.int().positive().max(MAX_DIMENSION);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
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

const file = z.strictObject({
  format: z.literal(HEAD_FORMAT),
  /** Of the whole file, as integrity.ts takes it. */
  sha256,
  kind: z.enum(['identity', 'twin', 'half-twin']),
  encoder: sha256,
  dimension: size,
  outputs: size,
  /** Absent in a half-twin's file: both sides of a twin. */
  both: projection.optional(),
  template: projection.optional(),
  live: projection.optional(),
  crowd: crowdFile.optional(),
  card: headCard,
  calibration: calibrationTable.optional(),
});

type HeadFile = z.infer<typeof file>;

/** @param head whose numbers are finite: what learned NaN is not written. @throws TwinstileError 'head-refused'. */
export function headToText(head: Head): string {
  const sides =
    head.kind === 'half-twin'
      ? { template: projectionToFile(head.template), live: projectionToFile(head.live) }
      : { both: projectionToFile(head.live) };
  const { kind, encoder, dimension, outputs, crowd, card, calibration } = head;
  const crowdFile = crowd === undefined ? undefined : crowdToFile(crowd);
  const content = { kind, encoder, dimension, outputs, ...sides, crowd: crowdFile, card };
  const whole = {
    format: HEAD_FORMAT,
    ...content,
    calibration,
  };
  const text = `${JSON.stringify({ ...whole, sha256: integrityOf(whole) }, null, 1)}\n`;
  headFromText(text, encoder);
  return text;
}

/**
 * @param encoder digest of the pack's card in use.
 * @throws TwinstileError 'head-refused' for a file that is broken, foreign, too large, not finite or not of one size.
 */
export function headFromText(text: string, encoder: ModelDigest): Head {
  if (text.length > MAX_HEAD_FILE)
    throw refused(`at most ${MAX_HEAD_FILE} characters`, `${text.length}`, REMAKE);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refused('JSON', 'text that is none', REMAKE, cause);
  }
  const parsed = file.safeParse(json);
  if (!parsed.success)
    throw refused('the format twinstile-head/1', z.prettifyError(parsed.error), REMAKE, parsed.error);
  const { sha256: claimed, ...whole } = parsed.data;
  const real = integrityOf(whole);
  if (claimed !== real) throw refused(`content with the sha256 ${claimed}`, real, REMAKE);
  if (whole.encoder !== encoder)
    throw refusal(
      `a head for the encoder ${encoder.slice(0, 12)}`,
      `one for ${whole.encoder.slice(0, 12)}`,
      'Learn a head for the pack in use, or use the pack it was learned for.',
    );
  return headOf(whole);
}

function headOf(data: Omit<HeadFile, 'sha256'>): Head {
  const { kind, encoder, dimension, outputs, crowd, card, calibration } = data;
  const template = data.both ?? data.template;
  const live = data.both ?? data.live;
  const sided = kind === 'half-twin';
  const fits = sided ? data.both === undefined : data.template === undefined && data.live === undefined;
  if (template === undefined || live === undefined || !fits)
    throw refused(
      'both sides of a twin, or each side of a half-twin',
      `something else for a ${kind}`,
      REMAKE,
    );
  if (kind === 'identity' && !doesNothing(live, dimension, outputs))
    throw refused('an identity that does nothing', 'one with weights', REMAKE);
  const projected = outputs - (crowd === undefined ? 0 : CROWD_OUTPUTS);
  if (crowd !== undefined && (kind === 'identity' || !template.unitOutput || !live.unitOutput))
    throw refused('a crowd behind projections to unit length', `one for a ${kind} without`, REMAKE);
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
    centre: centre === undefined ? undefined : textOf(centre),
    linear: linear === undefined ? undefined : matrixToFile(linear),
    bend:
      bend === undefined
        ? undefined
        : {
            hidden: matrixToFile(bend.hidden),
            bias: textOf(bend.bias),
            out: matrixToFile(bend.out),
          },
    unitOutput,
  };
}

function projectionFrom(side: FileProjection, dimension: number, outputs: number): Projection {
  const { unitInput, unitOutput, centre, linear, bend } = side;
  if (linear === undefined && outputs !== dimension)
    throw refused(`${dimension} outputs without a matrix`, `${outputs}`, REMAKE);
  return compact({
    unitInput,
    unitOutput,
    centre: centre === undefined ? undefined : checked(numbersOf(centre, dimension), 'centre'),
    linear: linear === undefined ? undefined : matrixFrom(linear, outputs, dimension, 'linear'),
    bend:
      bend === undefined
        ? undefined
        : {
            hidden: matrixFrom(bend.hidden, bend.hidden.rows, dimension, 'hidden'),
            bias: checked(numbersOf(bend.bias, bend.hidden.rows), 'bias'),
            out: matrixFrom(bend.out, outputs, bend.hidden.rows, 'out'),
          },
  });
}

const crowdToFile = ({ places, shares, sharpness }: Crowd): z.infer<typeof crowdFile> => ({
  places: matrixToFile(places),
  shares: textOf(shares),
  sharpness,
});

function crowdFrom(of: z.infer<typeof crowdFile>, projected: number): Crowd {
  const places = matrixFrom(of.places, of.places.rows, projected, 'places');
  const shares = checked(numbersOf(of.shares, places.rows), 'shares');
  // With a share of 0 or below, or places that are no directions, a distance could become smaller than it is.
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (!shares.every((share) => share > 0) || !(Math.abs(total - 1) < 1e-3))
    throw refused('shares above 0 that are 1 in all', `${total}`, REMAKE);
  for (let row = 0; row < places.rows; row += 1) {
    const length = Math.hypot(...places.data.subarray(row * projected, (row + 1) * projected));
    if (!(Math.abs(length - 1) < 1e-3)) throw refused('places of unit length', `${length}`, REMAKE);
  }
  return { places, shares, sharpness: of.sharpness };
}

const matrixToFile = ({ rows, columns, data }: Matrix): FileMatrix => ({
  rows,
  columns,
  float32: textOf(data),
});

function matrixFrom(of: FileMatrix, rows: number, columns: number, name: string): Matrix {
  if (of.rows !== rows || of.columns !== columns)
    throw refused(`${name} [${rows}, ${columns}]`, `[${of.rows}, ${of.columns}]`, REMAKE);
  return { rows, columns, data: checked(numbersOf(of.float32, rows * columns), name) };
}

function checked(numbers: Numbers, name: string): Float32Array {
  if ('problem' in numbers) throw refused(`finite numbers in ${name}`, numbers.problem, REMAKE);
  return numbers.values;
}

const REMAKE = 'Take the head from its source again, or learn it anew: twinstile train head.';

const refused = (expected: string, got: string, hint: string, cause?: unknown): TwinstileError =>
  refusal(`a head with ${expected}`, got, hint, cause);

const refusal = (expected: string, got: string, hint: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'head-refused',
    message: `Expected ${expected}, got ${got}.`,
    hint,
    cause,
  });
