/**
 * Defines the model card: everything needed to feed a pack's networks and to read their output.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type ModelDigest, modelDigest } from '../base/ids.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

/** A file of a pack. `bytes` and `sha256` are checked before any parser sees it. */
const modelFile = z.strictObject({
  file: fileName,
  bytes: z.int().positive().max(1_000_000_000),
  sha256,
  licence: z.string(),
  source: z.string(),
  /** Where to fetch it; absent when it is built here. */
  url: z.url().optional(),
});

/** value = (pixel - mean) / scale per channel, in the channel order of `order`. */
const feeding = {
  width: z.int().positive(),
  height: z.int().positive(),
  order: z.enum(['bgr', 'rgb']),
  mean: z.tuple([z.number(), z.number(), z.number()]),
  scale: z.tuple([z.number(), z.number(), z.number()]),
};

const point = z.tuple([z.number(), z.number()]);

/** One row: of `pairs` impostor pairs, `matches` were at most `distance` apart. */
const calibrationRow = z.strictObject({ distance: z.number().nonnegative(), fmr: z.number().min(0).max(1) });

/** A table that falls somewhere would call a farther face the surer one. */
function rises(rows: readonly z.infer<typeof calibrationRow>[]): boolean {
  return rows.every((row, i) => {
    const before = rows[i - 1];
    return before === undefined || (row.distance > before.distance && row.fmr >= before.fmr);
  });
}

const calibrationRows = z
  .array(calibrationRow)
  .min(2)
  .refine(rises, 'Expected rows of rising distance and of rates that do not fall.');

/** What the distance of a template from several looks of one person means, fused to one vector (fused-looks.ts). */
const fusedLooks = z.strictObject({
  looks: z.int().min(2).max(30),
  /** People with so many photographs. */
  people: z.int().positive(),
  impostorPairs: z.int().positive(),
  rows: calibrationRows,
});

/** Of the bootstrap over people whose upper end each row claims. */
const peopleInterval = z.strictObject({
  replicates: z.int().positive(),
  /** How many times that upper end is claimed: 1 for people like these, more where others must keep it as well. */
  margin: z.number().min(1).max(3),
});

/** How rates were found that the pairs do not support by themselves. */
const extrapolation = z.strictObject({
  /** Rates below it are extrapolated; the pairs themselves support nothing smaller. */
  below: z.number().positive().max(1),
  /** Nothing smaller is promised. */
  smallest: z.number().positive().max(1),
  /** The nearest pairs, from this distance inwards, and how many they are. */
  method: z.literal('generalised-pareto'),
  from: z.number().positive(),
  tailPairs: z.int().positive(),
  /** 0 or more: never a lighter tail than the exponential. */
  shape: z.number().nonnegative(),
  /** In units of the distance. */
  scale: z.number().positive(),
  /** Bootstrap replicates over people, of which each row claims the upper end of the one-sided 95 % interval. */
  replicates: z.int().positive(),
});

export const calibrationTable = z.strictObject({
  /** What was measured, so that a reader can assess it. */
  source: z.string(),
  people: z.int().nonnegative(),
  impostorPairs: z.int().nonnegative(),
  matedPairs: z.int().nonnegative(),
  /** Of what was compared: encoder and head together. Any other comparison refuses the table. */
  digest: sha256.optional(),
  extrapolation: extrapolation.optional(),
  /** Absent: the rows treat pairs as independent. */
  interval: peopleInterval.optional(),
  /** Rising distance, rising FMR. Below the first row the rate of the first row is claimed, never less. */
  rows: calibrationRows,
  /** Tables of several looks, each for its number. Absent: looks are counted, not fused. */
  fused: z
    .array(fusedLooks)
    .max(8)
    .refine(
      (tables) => new Set(tables.map(({ looks }) => looks)).size === tables.length,
      'Expected one table for each number of looks.',
    )
    .optional(),
});

/**
 * Mean of photographs of other people than the owner's, each person once, of vectors of unit length: what photographs share
 * that were taken elsewhere.
 */
const photographCentre = z.strictObject({
  source: z.string(),
  people: z.int().positive(),
  photographs: z.int().positive(),
  /** [dimension] float32 in base64, least significant byte first. */
  mean: z.string().max(32_768),
});

/** Looks at the detector's box widened by `widen` about its centre; its classes' logits are brought to shares by softmax. */
const livenessNet = z.strictObject({
  model: modelFile,
  width: z.int().positive().max(1024),
  height: z.int().positive().max(1024),
  widen: z.number().min(1).max(8),
  /** Which of the classes is the living face. MiniFASNet's: 0 and 2 are attacks. */
  live: z.int().min(0).max(63).default(1),
  order: feeding.order.default('bgr'),
  mean: feeding.mean.default([0, 0, 0]),
  scale: feeding.scale.default([1, 1, 1]),
});

export const modelCard = z.strictObject({
  name: z.string(),
  summary: z.string(),
  detector: z.discriminatedUnion('kind', [
    /** YuNet: outputs cls_S, obj_S, bbox_S, kps_S for S = 8, 16, 32. `fixed`: the only input size it takes. */
    z.strictObject({
      kind: z.literal('yunet'),
      model: modelFile,
      fixed: z.strictObject({ width: z.int(), height: z.int() }).optional(),
    }),
    /** face-api's tiny face detector and its 68-landmark net. */
    z.strictObject({ kind: z.literal('tiny-face'), model: modelFile, landmarks: modelFile }),
  ]),
  encoder: z.strictObject({
    model: modelFile,
    ...feeding,
    /** Where the five landmarks lie in the chip, in its pixels. */
    points: z.tuple([point, point, point, point, point]),
    /** Which landmarks take part in the alignment: all five by default. */
    dimension: z.int().positive().max(4096),
    /** Whether the output is brought to unit length. */
    normalise: z.boolean(),
    /** 'one': the batch axis is fixed at 1. 'free': any number. */
    batch: z.enum(['one', 'free']),
    metric: z.enum(['euclidean', 'cosine']),
  }),
  /** Their scores are averaged. None: the pack has no presentation attack detection. */
  liveness: z.array(livenessNet).max(4).default([]),
  calibration: calibrationTable.optional(),
  /** Absent: photographs are compared as the encoder shows them. */
  photographs: photographCentre.optional(),
});

export type ModelCard = z.infer<typeof modelCard>;
export type ModelFile = z.infer<typeof modelFile>;
export type EncoderCard = ModelCard['encoder'];
export type DetectorCard = ModelCard['detector'];
export type LivenessCard = ModelCard['liveness'][number];
export type PhotographCentre = z.infer<typeof photographCentre>;
export type CalibrationTable = z.infer<typeof calibrationTable>;

/** Every file a pack consists of. */
export function filesOf({ detector, encoder, liveness }: ModelCard): readonly ModelFile[] {
  return [
    detector.model,
    ...(detector.kind === 'tiny-face' ? [detector.landmarks] : []),
    encoder.model,
    ...liveness.map(({ model }) => model),
  ];
}

/** What made a vector: weights and recipe. Vectors of different digests are never compared. */
export function digestOf({ encoder }: ModelCard): ModelDigest {
  const { model, width, height, order, mean, scale, points, dimension, normalise, metric } = encoder;
  const recipe = JSON.stringify([
    model.sha256,
    width,
    height,
    order,
    mean,
    scale,
    points,
    dimension,
    normalise,
    metric,
    'identity-head',
  ]);
  return modelDigest(createHash('sha256').update(recipe).digest('hex'));
}

/** A pack whose every file is on this disk with the right size and sha256. */
export interface InstalledPack {
  readonly card: ModelCard;
  /** Absolute path of a file named in the card. */
  pathOf(file: string): string;
}

export interface PackStore {
  /** @throws TwinstileError 'pack-unknown' | 'pack-missing' (with the command that gets it) | 'pack-refused'. */
  open(name: string): Promise<InstalledPack>;
}
