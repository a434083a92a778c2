/** Holds the table of each lane against the people of the site, outside of the running service: for examinations and audits. */
import { type LaneId, laneId, siteId } from '../../base/ids.js';
import { falseMatchRate } from '../../base/units.js';
import {
  type CaptureCondition,
  cameraCondition,
  LIGHTS,
} from '../../biometrics/conditions/capture-condition.js';
import { promiseOf } from '../../lane/decision/promise.js';
import {
  type GalleryThrough,
  galleryFor,
  type MetCounts,
  type PreparedGallery,
} from '../../lane/gallery-through.js';
import type { LanePromise } from '../../lane/health/lane-state.js';
import type { Config } from '../config/config-schema.js';

export interface PromisedLane {
  readonly lane: LaneId;
  readonly gallery: GalleryThrough;
  /** Absent without a table. */
  readonly promise?: LanePromise;
}

/** Conditions of the cameras of this box's lanes, in every light. */
export const ownConditions = ({
  site,
  lanes,
}: Pick<Config, 'site' | 'lanes'>): ReadonlySet<CaptureCondition> =>
  new Set(lanes.flatMap(({ id }) => LIGHTS.map((light) => cameraCondition(siteId(site), laneId(id), light))));

/**
 * Of each lane by its colour camera and who is enrolled there: sums of passages are not read, which the service joins to it.
 * @param metAt distances of faces that were met under a condition; absent: the enrolled alone are compared.
 */
export async function promisedLanes(
  { site, lanes }: Pick<Config, 'site' | 'lanes'>,
  prepared: PreparedGallery,
  metAt?: (live: CaptureCondition) => Promise<readonly MetCounts[]>,
): Promise<readonly PromisedLane[]> {
  const promised: PromisedLane[] = [];
  for (const { id, identification, verification } of lanes) {
    const lane = laneId(id);
    const condition = cameraCondition(siteId(site), lane, 'color');
    const gallery = await galleryFor(prepared, { condition, met: await metAt?.(condition) });
    const promise = promiseOf(gallery, {
      identification: identification === 'off' ? undefined : { maxFpir: identification.max_fpir },
      verification: verification === 'off' ? undefined : { maxFmr: falseMatchRate(verification.max_fmr) },
    });
    promised.push({ lane, gallery, promise });
  }
  return promised;
}
