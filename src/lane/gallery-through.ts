/** Turns a gallery of trunk vectors into one that a lane searches: templates and live faces go through the same comparison. */
import { setImmediate as otherWork } from 'node:timers/promises';
import { TwinstileError } from '../base/errors.js';
import type { ModelDigest } from '../base/ids.js';
import type { Distance } from '../base/units.js';
import { boundedConditions } from '../biometrics/conditions/bounded-conditions.js';
import { type CaptureCondition, countsAsPhoto, PHOTO } from '../biometrics/conditions/capture-condition.js';
import { strictDistance } from '../biometrics/conditions/centred.js';
import { CentreSums, type ConditionCentre } from '../biometrics/conditions/condition-centre.js';
import { type OffsetPlan, offsetsTo, RAW_PLAN } from '../biometrics/conditions/offset-plan.js';
import { type EnrolledCentres, planAt } from '../biometrics/conditions/offsets-between.js';
import { photographCentreOf } from '../biometrics/conditions/photograph-centre.js';
import { applyHeadToRows } from '../biometrics/head/apply-head.js';
import type { Comparison, Lens } from '../biometrics/head/comparison.js';
import type { CalibrationTable } from '../biometrics/model-card.js';
import { believes, type Reranker } from '../biometrics/reranker.js';
import { type ImpostorCounts, metEvidence } from '../biometrics/statistics/impostor-counts.js';
import { movedTable, type SitePromise, siteEvidence } from '../biometrics/statistics/site-promise.js';
import type { GallerySnapshot } from '../records/people/gallery-store.js';
import { type MetFace, metDistances } from '../records/people/met-pairs.js';
import { type LiveCondition, sitePairs } from '../records/people/site-pairs.js';
import type { OpenSearch, RowSearch, TemplateSearch } from '../records/people/template-search.js';
import type { LaneGallery, SecondOpinion } from './decision/lane-gallery.js';

/** A gallery with the comparison by which it is searched. */
export interface GalleryThrough extends LaneGallery {
  readonly comparison: Comparison;
  /** What is taken away from the live side and from templates of each condition. */
  readonly plan: OffsetPlan;
  /** From a template of a condition that is not enrolled yet, to a live face, as `search` compares them; both as the encoder gives them. */
  readonly distanceTo: (template: Float32Array, live: Float32Array, condition: CaptureCondition) => Distance;
  /** From a photograph from elsewhere that is not enrolled, to a live face; both as the encoder gives them. */
  readonly photoDistance: (photo: Float32Array, live: Float32Array) => Distance;
  /** From a live face, as the encoder gives it, to people who it is not: one distance each, by where templates come from. */
  readonly impostorsOf: (face: MetFace) => ReadonlyMap<CaptureCondition, readonly number[]>;
}

/** What is known of a lane's camera under one light. */
export interface LiveSide {
  readonly condition: CaptureCondition;
  /** Centre of people without a name who passed it; absent: none are kept. */
  readonly passages?: ConditionCentre;
  /** Whether the camera is another one than its templates were captured by: then its centre is not used for live faces. */
  readonly isMoved?: boolean;
  /** Distances of faces that were met here to people who they are not; absent: none are kept. */
  readonly met?: readonly MetCounts[];
}

/** Counts with the comparison and the centre that they were made through. */
export interface MetCounts extends ImpostorCounts {
  readonly comparison: ModelDigest;
  /** People of the centre, 0..5; 5 for more. */
  readonly centredBy: number;
}

/** Centres of more people are about the same. */
export const centreClass = (people: number): number => Math.min(5, Math.round(people));

/** A gallery behind one comparison, before it is known which lane searches it. */
export interface PreparedGallery {
  readonly comparison: Comparison;
  /** Of what is compared. */
  readonly snapshot: GallerySnapshot;
  readonly search: RowSearch;
  readonly centres: EnrolledCentres;
  /** A row as a live face is compared; absent: like a template. */
  readonly liveOf?: (row: number) => Float32Array;
}

/** Templates projected per turn of the event loop: about 3 ms of work behind a linear head of 128 numbers. */
const SLICE = 200;

/**
 * Prepares a gallery of trunk vectors, which stays as it is.
 * @param own conditions of the box's own lanes: they keep their centres however many conditions the gallery names.
 * @throws TwinstileError 'gallery-unusable' for templates of another encoder.
 */
export async function prepareGallery(
  comparison: Comparison,
  published: GallerySnapshot,
  openSearch: OpenSearch,
  own?: ReadonlySet<CaptureCondition>,
): Promise<PreparedGallery> {
  const stored = { ...published, conditions: boundedConditions(published, own) };
  const snapshot = await projected(comparison, stored);
  const search = await openSearch(snapshot, comparison.metric);
  const template = await centresOf(snapshot, comparison, (vector) => vector);
  const isTwin = comparison.head.kind !== 'half-twin';
  const live = isTwin ? template : await centresOf(stored, comparison, comparison.live);
  const photographs = photographCentreOf(comparison.centring?.photographs, comparison.dimension);
  const prepared = { comparison, snapshot, search, centres: { template, live, photographs } };
  if (isTwin) return prepared;
  const { matrix, dimension } = stored;
  const liveOf = (row: number): Float32Array =>
    comparison.live(matrix.subarray(row * dimension, (row + 1) * dimension));
  return { ...prepared, liveOf };
}

/** @param lens from a row to what is compared. */
async function centresOf(
  rows: GallerySnapshot,
  { centring }: Comparison,
  lens: Lens,
): Promise<ReadonlyMap<CaptureCondition, ConditionCentre>> {
  if (centring === undefined) return new Map();
  const sums = new CentreSums(rows, centring.size, (condition) => !countsAsPhoto(condition));
  const { matrix, dimension } = rows;
  for (let row = 0; row < rows.owners.length; row += 1) {
    if (row % SLICE === SLICE - 1) await otherWork();
    if (sums.wants(row)) sums.add(row, lens(matrix.subarray(row * dimension, (row + 1) * dimension)));
  }
  return sums.centres();
}

/**
 * Returns a gallery whose search takes trunk vectors of live faces, as the encoder gives them, and whose snapshot holds what
 * they are compared with.
 * @param side absent: nothing is known of where faces are live.
 */
export async function galleryFor(prepared: PreparedGallery, side?: LiveSide): Promise<GalleryThrough> {
  const { comparison, snapshot } = prepared;
  const { calibration, reranker, live, metric } = comparison;
  const plan = planFor(prepared, side);
  const search = plan === RAW_PLAN ? prepared.search : await prepared.search.centred(plan);
  const distanceTo: GalleryThrough['distanceTo'] = (template, face, condition) =>
    strictDistance(metric, comparison.template(template), live(face), offsetsTo(plan, condition));
  const here = { condition: side?.condition, plan };
  const promise = calibration && (await promiseFor(prepared, here, calibration, side?.met));
  return {
    comparison,
    snapshot,
    calibration: calibration && promise && movedTable(calibration, promise.evidence),
    promise,
    plan,
    distanceTo,
    photoDistance: (template, face) => distanceTo(template, face, PHOTO),
    impostorsOf: (face) =>
      metDistances({ rows: snapshot, metric, liveOf: prepared.liveOf }, here, {
        ...face,
        vector: live(face.vector),
      }),
    doubts: reranker === undefined ? undefined : secondOpinionBy(reranker, comparison, snapshot, search),
    search: {
      nearest: (probe) => search.nearest(live(probe)),
      closest: (probe, count) => search.closest(live(probe), count),
      against: (probe, person) => search.against(live(probe), person),
      templatesOf: (probe, person) => search.templatesOf(live(probe), person),
      close: () => search.close(),
    },
  };
}

/** Holds the table against the people of the site, as this lane compares them. */
async function promiseFor(
  { comparison: { metric, digest }, snapshot, liveOf }: PreparedGallery,
  side: LiveCondition,
  calibration: CalibrationTable,
  met: readonly MetCounts[] = [],
): Promise<SitePromise> {
  const pairs = await sitePairs({ rows: snapshot, metric, liveOf }, side);
  const { people } = side.plan;
  // Distances through another centre or head are distances of another lane.
  const comparable = met.filter((one) => one.comparison === digest && one.centredBy === centreClass(people));
  return {
    evidence: [
      ...pairs.map((one) => siteEvidence(calibration, one)),
      ...metEvidence(calibration, comparable),
    ],
    centredBy: people,
  };
}

function planFor(
  { comparison: { centring, head }, centres }: PreparedGallery,
  side: LiveSide | undefined,
): OffsetPlan {
  if (centring === undefined) return RAW_PLAN;
  // Passages are summed as the encoder gives them: behind a learned head their mean is none of what is compared.
  const passages = head.kind === 'identity' ? side?.passages : undefined;
  return planAt(centres, side?.condition, { passages, isMoved: side?.isMoved });
}

/** Prepares a gallery for one lane alone. @throws TwinstileError 'gallery-unusable' for templates of another encoder. */
export const galleryThrough = async (
  comparison: Comparison,
  stored: GallerySnapshot,
  openSearch: OpenSearch,
  side?: LiveSide,
): Promise<GalleryThrough> => galleryFor(await prepareGallery(comparison, stored, openSearch), side);

/** The nearest few who are close enough go before the reranker, whose opinion is on the nearest. */
const secondOpinionBy =
  (
    reranker: Reranker,
    { live }: Comparison,
    { matrix, dimension }: GallerySnapshot,
    search: TemplateSearch,
  ): SecondOpinion =>
  async (probe, isClose) => {
    const compared = live(probe);
    const few = await search.closest(compared, reranker.candidates);
    const close = few
      .filter(({ distance }) => isClose(distance))
      .map(({ person, row }) => ({
        person,
        template: matrix.subarray(row * dimension, (row + 1) * dimension),
      }));
    return !believes(reranker, compared, close);
  };

async function projected(comparison: Comparison, stored: GallerySnapshot): Promise<GallerySnapshot> {
  const { trunk, head, digest, dimension } = comparison;
  if (stored.digest !== trunk.digest || stored.dimension !== trunk.dimension)
    throw new TwinstileError({
      code: 'gallery-unusable',
      message: `Expected templates of the encoder ${trunk.digest}, got some of ${stored.digest}.`,
      hint: 'Enroll again with the model pack that is configured.',
    });
  if (head.kind === 'identity') return stored;
  const rows = stored.owners.length;
  const matrix = new Float32Array(rows * dimension);
  for (let row = 0; row < rows; row += SLICE) {
    if (row > 0) await otherWork();
    const slice = stored.matrix.subarray(row * trunk.dimension, (row + SLICE) * trunk.dimension);
    matrix.set(applyHeadToRows(head, 'template', slice), row * dimension);
  }
  return { ...stored, digest, dimension, matrix };
}
