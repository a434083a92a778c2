/**
 * Compares a template and a live face: by the encoder's vectors as they are, or through a learned head.
 *
 * The only place that does: enrollment, lane, replay and evaluation all compare by this, so that none of them can measure
 * with another yardstick than the gate's. Stored are trunk vectors; they go through the template side when they are loaded.
 */
import { TwinstileError } from '../../base/errors.js';
import type { ModelDigest } from '../../base/ids.js';
import type { Distance } from '../../base/units.js';
import { distanceOf, type Metric } from '../distance.js';
import { type CalibrationTable, digestOf, type ModelCard, type PhotographCentre } from '../model-card.js';
import type { Reranker } from '../reranker.js';
import { applyHead } from './apply-head.js';
import { CROWD_OUTPUTS } from './crowd-context.js';
import { digestWithHead, type Head, identityHead, metricAfter } from './head.js';

/** From a trunk vector to what is compared. */
export type Lens = (trunk: Float32Array) => Float32Array;

/** Both sides, and what is measured between them. */
export interface Sides {
  readonly template: Lens;
  readonly live: Lens;
  readonly metric: Metric;
  /** How capture conditions are taken away. Absent: they stay, because the lengths of what is compared are part of its table. */
  readonly centring?: Centring;
}

interface Centring {
  /** Numbers of a compared vector that are centred, from its first one on; those of a crowd behind them stay. */
  readonly size: number;
  /** What photographs of others share; absent behind a learned head, for which none was measured. */
  readonly photographs?: PhotographCentre;
}

export interface Comparison extends Sides {
  readonly head: Head;
  /** What stored templates carry: the encoder alone made them. */
  readonly trunk: { readonly digest: ModelDigest; readonly dimension: number };
  /** Of what is compared: encoder and head together. Decisions carry it. */
  readonly digest: ModelDigest;
  readonly dimension: number;
  /** Of these distances. Absent: no gate opens, because the false match rate of a distance is unknown. */
  readonly calibration?: CalibrationTable;
  /** A second opinion on who is nearest in a search. */
  readonly reranker?: Reranker;
  /** Between two trunk vectors. */
  between(template: Float32Array, live: Float32Array): Distance;
}

const asItIs: Lens = (trunk) => trunk;

export const sidesByMetric = (metric: Metric): Sides => ({ template: asItIs, live: asItIs, metric });

/**
 * @param head absent: the trunk alone.
 * @param own a table in the place of the head's or the pack's.
 * @throws TwinstileError 'head-refused' for a head of another encoder, 'calibration-refused' for a table of another comparison.
 */
export function comparisonOf(card: ModelCard, head?: Head, own?: CalibrationTable): Comparison {
  const digest = digestOf(card);
  const { dimension } = card.encoder;
  const behind = head ?? identityHead(digest, dimension);
  if (behind.encoder !== digest || behind.dimension !== dimension)
    throw new TwinstileError({
      code: 'head-refused',
      message: `Expected a head for the encoder ${digest}, got one for ${behind.encoder}.`,
      hint: `Learn one with this pack: twinstile train head --pack ${card.name}`,
    });
  const isIdentity = behind.kind === 'identity';
  const metric = metricAfter(behind, card.encoder.metric);
  const template: Lens = isIdentity ? asItIs : (trunk) => applyHead(behind, 'template', trunk);
  const live: Lens = isIdentity ? asItIs : (trunk) => applyHead(behind, 'live', trunk);
  // The pack's table holds for the trunk's distances: behind a learned head it would promise rates that were not measured.
  const calibration = own ?? behind.calibration ?? (isIdentity ? card.calibration : undefined);
  const compared = digestWithHead(behind);
  if (calibration?.digest !== undefined && calibration.digest !== compared)
    throw new TwinstileError({
      code: 'calibration-refused',
      message: `Expected a calibration of ${compared.slice(0, 12)}, this encoder and head, got one of ${calibration.digest.slice(0, 12)}.`,
      hint: `Measure what is used: twinstile calibrate --pack ${card.name}${isIdentity ? '' : ' --head FILE'} --out FILE`,
    });
  return {
    head: behind,
    trunk: { digest, dimension },
    digest: compared,
    dimension: behind.outputs,
    metric,
    template,
    live,
    between: (a, b) => distanceOf[metric](template(a), live(b)),
    calibration,
    centring: isIdentity ? centringOf(card) : centringBehind(behind),
  };
}

/** Vectors without unit length (pack `builtin`) stay raw: centred, 0 of 60 enrolled people were let in (docs/SIAMESE.md). */
const centringOf = (card: ModelCard): Centring | undefined =>
  card.encoder.normalise ? { size: card.encoder.dimension, photographs: card.photographs } : undefined;

const centringBehind = ({ template, live, outputs, crowd }: Head): Centring | undefined =>
  template.unitOutput && live.unitOutput
    ? { size: outputs - (crowd === undefined ? 0 : CROWD_OUTPUTS) }
    : undefined;
