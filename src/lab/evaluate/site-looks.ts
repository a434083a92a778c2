/** Counts single looks of a recording: what a lane that decides by one frame would decide. */
import type { LaneRules } from '../../access/lane-rules.js';
import { personId } from '../../base/ids.js';
import type { Light } from '../../biometrics/conditions/capture-condition.js';
import { faceAlone } from '../../lane/decision/gate-presence.js';
import type { LaneGallery } from '../../lane/decision/lane-gallery.js';
import { compareWith, matchFace } from '../../lane/decision/observe-face.js';
import { identificationBound } from '../../lane/decision/promise.js';
import type { FrameReport } from '../../vision/ports/vision.js';

interface LookRules {
  readonly gallery: (light?: Light) => LaneGallery;
  readonly rules: LaneRules;
  /** 1:1 with this person; absent: 1:N. */
  readonly holder?: string;
}

/** @returns for each look that was good enough to be compared, who it is taken for; undefined for no person. */
export async function looksWithin(
  reports: readonly FrameReport[],
  { gallery, rules, holder }: LookRules,
): Promise<readonly (string | undefined)[]> {
  const results: (string | undefined)[] = [];
  for (const frame of reports) {
    const face = faceAlone(frame);
    if (face?.embedding === undefined || face.problems.length > 0 || face.replaced === true) continue;
    const lane = gallery(frame.light);
    const { search, calibration } = lane;
    if (calibration === undefined) results.push(undefined);
    else if (holder === undefined) {
      const match = await matchFace(face.embedding, search, calibration);
      const bound = identificationBound(lane, rules.identification?.maxFpir ?? Number.NaN);
      results.push(match !== undefined && match.fmr <= bound ? match.person : undefined);
    } else {
      const fmr = compareWith(face.embedding, personId(holder), search, calibration) ?? Number.NaN;
      results.push(fmr <= (rules.verification?.maxFmr ?? Number.NaN) ? holder : undefined);
    }
  }
  return results;
}
