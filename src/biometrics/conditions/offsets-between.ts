/** What two vectors lose and how much longer their distance counts, by the conditions under which both were captured and who is enrolled there. */
import { type CaptureCondition, countsAsPhoto, inLight, LIGHTS } from './capture-condition.js';
import type { Offsets } from './centred.js';
import { type ConditionCentre, joinedCentres } from './condition-centre.js';
import { type OffsetPlan, offsetPlan, offsetsTo, RAW_PLAN } from './offset-plan.js';

/** Centres of the cameras that templates come from, as templates and as live faces are compared, and of photographs. */
export interface EnrolledCentres {
  readonly template: Centres;
  /** The same map where both sides go through the same comparison. */
  readonly live: Centres;
  /** Absent: photographs stay raw. */
  readonly photographs?: ConditionCentre | undefined;
}

type Centres = ReadonlyMap<CaptureCondition, ConditionCentre>;

/** What is known of a camera besides who is enrolled at it. */
interface BesidesEnrolled {
  /** Centre of people without a name who passed it. */
  readonly passages?: ConditionCentre | undefined;
  /** Whether the camera is another one than its templates were captured by. */
  readonly isMoved?: boolean | undefined;
}

/** Plans the comparisons of faces that are live under one condition. @param here absent: by none of the known cameras. */
export function planAt(
  centres: EnrolledCentres,
  here?: CaptureCondition,
  { passages, isMoved = false }: BesidesEnrolled = {},
): OffsetPlan {
  const joined = (of: Centres): ConditionCentre | undefined => {
    // In a light in which no person was enrolled yet, the same camera's other light is nearer than no centre: on ten clips made grey
    // and infrared-like no impostor was let in by it, and raw 17 of 80 (docs/RESULTS.md).
    const enrolled = here && (of.get(here) ?? of.get(otherLight(here)));
    if (passages === undefined) return enrolled;
    return enrolled === undefined ? passages : joinedCentres(enrolled, passages);
  };
  const live = isMoved ? undefined : joined(centres.live);
  const templates = new Map(centres.template);
  // A moved camera's passages are of where it is now, and its templates of where it was.
  const own = isMoved ? undefined : joined(centres.template);
  if (here !== undefined && own !== undefined) templates.set(here, own);
  if (live === undefined && templates.size === 0) return RAW_PLAN;
  return offsetPlan({ here, live, templates, photographs: centres.photographs });
}

const otherLight = (condition: CaptureCondition): CaptureCondition =>
  LIGHTS.map((light) => inLight(condition, light)).find((other) => other !== condition) ?? condition;

/**
 * Returns what changes about the comparison of a template with a vector that was captured under another condition, as a lane there
 * compares them. No lane sees photographs: such a vector is compared with a camera's templates as the lane of that camera compares
 * a photograph with a face. Two photographs stay as they are.
 */
export function offsetsBetween(
  centres: EnrolledCentres,
): (template: CaptureCondition, live: CaptureCondition) => Offsets {
  const plans = new Map<CaptureCondition, OffsetPlan>();
  const planOf = (here: CaptureCondition): OffsetPlan => {
    const known = plans.get(here) ?? planAt(centres, here);
    plans.set(here, known);
    return known;
  };
  return (template, live) => {
    if (!countsAsPhoto(live)) return offsetsTo(planOf(live), template);
    if (countsAsPhoto(template)) return {};
    const plan = planOf(template);
    return { template: plan.template(template), live: plan.template(live) };
  };
}
