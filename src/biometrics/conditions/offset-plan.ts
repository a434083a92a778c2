/** Decides which centre is taken away from which side of a comparison. */
import { type CaptureCondition, countsAsPhoto, isSameCamera } from './capture-condition.js';
import { type Offsets, type Stretch, UNSTRETCHED } from './centred.js';
import { type ConditionCentre, offsetOf, shareOf } from './condition-centre.js';
import { leftBehind, sharedBetween, sharedWithin, stretchOf } from './shared-part.js';

/** Centres that are known and trusted, for faces that are live under one condition. */
export interface KnownCentres {
  /** Where faces are live; absent: by none of the cameras that templates come from. */
  readonly here?: CaptureCondition;
  /** Of the live side's own condition; absent: unknown, or not trusted. */
  readonly live?: ConditionCentre;
  /** Of cameras that templates come from. */
  readonly templates: ReadonlyMap<CaptureCondition, ConditionCentre>;
  /** Of photographs of others, delivered with the pack; absent: photographs stay raw. */
  readonly photographs?: ConditionCentre;
}

/** What is taken away from a live face, and from templates of each condition. */
export interface OffsetPlan {
  /** Absent: the live side stays raw. */
  readonly live?: Float64Array;
  /** How many people the live side's centre is made of; 0 where it stays raw. */
  readonly people: number;
  /** Undefined: templates of that condition stay raw. */
  template(condition: CaptureCondition): Float64Array | undefined;
  /** How much longer distances to templates of that condition count. Absent: as they are. */
  stretch?(condition: CaptureCondition): Stretch;
}

/** Takes nothing away from any side. */
export const RAW_PLAN: OffsetPlan = { people: 0, template: () => undefined };

/**
 * Plans the comparisons of faces that are live under one condition.
 *
 * Photographs lose their own centre by the live side's share, so that both sides lose as much of what they share; templates of
 * a camera lose that camera's. A side whose centre is not known stays raw: a centre of another condition would refuse
 * people who are enrolled. But raw distances to templates of another camera count as if both were twins, and centred ones at this
 * camera as if it shared more than a centre of few people takes away, as far as people do not show otherwise.
 */
export function offsetPlan({ here, live, templates, photographs }: KnownCentres): OffsetPlan {
  const share = shareOf(live?.people ?? 0);
  const photo = photographs === undefined || share === 0 ? undefined : offsetOf(photographs, share);
  const stretches = new Map<CaptureCondition, Stretch>();
  const stretchTo = (condition: CaptureCondition, centre: ConditionCentre): Stretch => {
    const isKnown = live !== undefined && share > 0;
    if (!isKnown) return { raw: stretchOf(sharedWithin(centre)), centred: 1 };
    const isHere = here !== undefined && (condition === here || isSameCamera(condition, here));
    return isHere
      ? { raw: 1, centred: stretchOf(leftBehind(live)) }
      : { raw: stretchOf(sharedBetween(centre, live)), centred: 1 };
  };
  return {
    live: live === undefined || share === 0 ? undefined : wholeOffset(live),
    people: share === 0 ? 0 : (live?.people ?? 0),
    template(condition) {
      if (countsAsPhoto(condition)) return photo;
      const centre = templates.get(condition);
      return centre && wholeOffset(centre);
    },
    stretch(condition) {
      const centre = templates.get(condition);
      if (centre === undefined) return UNSTRETCHED;
      const known = stretches.get(condition) ?? stretchTo(condition, centre);
      stretches.set(condition, known);
      return known;
    },
  };
}

/** All that a plan changes about the comparison of a template of one condition with a live face. */
export const offsetsTo = (plan: OffsetPlan, condition: CaptureCondition): Offsets => ({
  template: plan.template(condition),
  live: plan.live,
  stretch: plan.stretch?.(condition),
});

/** Plans share what each camera's templates lose: there are two for each lane, and as many as cameras in an audit. */
const wholeOffsets = new WeakMap<ConditionCentre, Float64Array>();

function wholeOffset(centre: ConditionCentre): Float64Array {
  const known = wholeOffsets.get(centre) ?? offsetOf(centre, shareOf(centre.people));
  wholeOffsets.set(centre, known);
  return known;
}
