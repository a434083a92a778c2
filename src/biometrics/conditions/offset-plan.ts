/** Decides which centre is taken away from which side of a comparison. */
import { type CaptureCondition, countsAsPhoto } from './capture-condition.js';
import { type ConditionCentre, offsetOf, shareOf } from './condition-centre.js';

/** Centres that are known and trusted. */
export interface KnownCentres {
  readonly cameras: ReadonlyMap<CaptureCondition, ConditionCentre>;
  /** Of photographs of others, delivered with the pack; absent: photographs stay raw. */
  readonly photographs?: ConditionCentre;
}

/** What is taken away from a live face, and from templates of each condition. */
export interface OffsetPlan {
  /** Absent: nothing is centred, on either side. */
  readonly live?: Float64Array;
  readonly people: number;
  template(condition: CaptureCondition): Float64Array | undefined;
}

const RAW: OffsetPlan = { people: 0, template: () => undefined };

/**
 * Plans the comparisons of faces that are live under one condition.
 *
 * Photographs lose their own centre by the live side's share, so that both sides lose as much of what they share; templates of
 * another camera lose that camera's. A side whose centre is not known stays raw: a centre of another condition would refuse
 * people who are enrolled.
 */
export function offsetPlan(live: CaptureCondition, { cameras, photographs }: KnownCentres): OffsetPlan {
  const centre = cameras.get(live);
  const share = shareOf(centre?.people ?? 0);
  if (centre === undefined || share === 0) return RAW;
  const offsets = new Map(
    [...cameras].map(([condition, of]) => [condition, offsetOf(of, shareOf(of.people))]),
  );
  const photo = photographs === undefined ? undefined : offsetOf(photographs, share);
  return {
    live: offsets.get(live),
    people: centre.people,
    template: (condition) => (countsAsPhoto(condition) ? photo : offsets.get(condition)),
  };
}
