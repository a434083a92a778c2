/** Selects the people at the gate: in the region of interest, and near enough to be about to pass. */
import { type Box, centreOf, type Size } from '../geometry.js';

export interface RoiCandidate {
  readonly box: Box;
  /** In this very frame; one that was seen just before may still be there. */
  readonly seen: boolean;
  /** Seen in several frames: not a hand that the detector took for a face once. */
  readonly established: boolean;
}

export interface GateRules {
  /** As shares of the picture, 0..1. */
  readonly zone: Box;
  /** Smallest distance between the eyes that is worth encoding, in pixels of the frame. */
  readonly minInterOcular: number;
}

/** A frontal face's box is 2.4 to 2.8 eye distances high (LFW; YuNet and face-api); a box does not shrink in profile. */
const HEIGHT_PER_INTER_OCULAR = 2.2;
/** At a camera 1.5 m off, a person who queues one step behind the first has a face of two thirds of the size. */
const LIKE_SIZE = 0.7;

/**
 * Those at the gate: none, one, or several people of like size. A small face far behind does not count.
 *
 * A person just lost from sight counts as well, or a second person could vanish for the one frame that opens the gate;
 * but alone is no proof that one is there. Next to an established face, one that was seen once does not count yet.
 */
export function peopleAtGate<Someone extends RoiCandidate>(
  people: readonly Someone[],
  frame: Size,
  { zone, minInterOcular }: GateRules,
): readonly Someone[] {
  const least = minInterOcular * HEIGHT_PER_INTER_OCULAR;
  const near = people.filter(({ box }) => box.height >= least && isIn(zone, box, frame));
  const sure = near.some(({ established, seen }) => established && seen);
  const credible = near.filter(({ established }) => established || !sure);
  const largest = Math.max(...credible.filter(({ seen }) => seen).map(({ box }) => box.height));
  const present = credible.filter(({ box }) => box.height >= LIKE_SIZE * largest);
  return present.some(({ seen }) => seen) ? present : [];
}

/** Whether the middle of the box is in the zone. @param zone as shares of the picture. */
export function isIn(zone: Box, box: Box, { width, height }: Size): boolean {
  const centre = centreOf(box);
  const [x, y] = [centre.x / width, centre.y / height];
  return x >= zone.x && x <= zone.x + zone.width && y >= zone.y && y <= zone.y + zone.height;
}
