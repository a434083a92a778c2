/** The gallery as the decision engine sees it. */

import type { LaneRules } from '../../access/lane-rules.js';
import type { PersonId } from '../../base/ids.js';
import type { Distance, FalseMatchRate } from '../../base/units.js';
import type { Light } from '../../biometrics/conditions/capture-condition.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import type { SitePromise } from '../../biometrics/statistics/site-promise.js';
import type { GallerySnapshot } from '../../records/people/gallery-store.js';
import type { TemplateSearch } from '../../records/people/template-search.js';
import type { LaneEvidence } from './evidence-ring.js';

/**
 * Asked about a live trunk vector whose nearest person is close enough.
 * @param isClose whether a distance passes the lane's bound. @returns whether that person is doubted.
 */
export type SecondOpinion = (
  probe: Float32Array,
  isClose: (distance: Distance) => boolean,
) => Promise<boolean>;

/** Returns the rates that one person needs at this lane; absent: the lane's own. */
export type LimitOf = (person: PersonId) => PersonRates | undefined;

/** Highest false match rates per comparison, inclusive; absent: the lane's own. */
export interface PersonRates {
  readonly identification?: FalseMatchRate;
  readonly verification?: FalseMatchRate;
}

/** A gallery that is ready to be searched. A new object for each new snapshot. */
export interface LaneGallery {
  readonly snapshot: GallerySnapshot;
  readonly search: TemplateSearch;
  /** A second opinion on the nearest person. Absent: the distance alone counts. */
  readonly doubts?: SecondOpinion;
  /** What its distances mean: they belong together and are swapped together. Absent: no one is admitted by face. */
  readonly calibration?: CalibrationTable;
  /** What the table rests on here; absent: it is as it was delivered. */
  readonly promise?: SitePromise;
  /** From the photograph of a document to a live face; absent: as the document's reader compares. */
  readonly photoDistance?: (photo: Float32Array, live: Float32Array) => Distance;
  /** Name of the head in the place of the configured one. */
  readonly head?: string;
  /** Rows of the snapshot that open nothing, by person: set aside after a disputed passage. They count as runner-up. */
  readonly aside?: ReadonlyMap<PersonId, ReadonlySet<number>>;
}

/** What turns a face into a decision: the same at the gate and over a recording. */
export interface DecisionDependencies {
  /**
   * Asked before each frame: a swap takes effect between frames. The caller closes what it replaced.
   * @param light that the frame shows; colour when absent.
   */
  readonly gallery: (light?: Light) => LaneGallery;
  readonly rules: LaneRules;
  /** What single people need beyond the rules. Absent: nothing. */
  readonly limitOf?: LimitOf;
  /** Absent: no passage is kept in memory. */
  readonly evidence?: LaneEvidence;
}
