/**
 * Chooses the prompt for a person whose liveness is still undecided.
 *
 * The challenge is no evidence of its own: it brings other light and another view of the face, by which the same rule then
 * decides. Measured in back light, a living face that turned away never scored below 0.86, and frontal ones fell to 0.05.
 */
import { type Millis, millis } from '../../base/units.js';
import type { LivenessEvidence } from './pad-evidence.js';

/** Codes are API (state, displays): never renamed. */
export type Prompt = 'turn-head' | 'come-closer';

/** By then nine in ten are decided; sooner would prompt people who only just look up. */
const PROMPT_AFTER = 700;
/** Distance of the eyes, in pixels of the frame, below which the networks see little but the resizing. */
const SMALL = 40;
/** How long a person has to follow the prompt. */
export const CHALLENGE_TIME: Millis = millis(4000);

/** @param waited since the first usable picture. @param interOcular in pixels of the frame. */
export function promptFor(
  { verdict }: LivenessEvidence,
  waited: Millis,
  interOcular: number,
): Prompt | undefined {
  if (verdict !== 'undecided' || !(waited >= PROMPT_AFTER)) return undefined;
  return interOcular < SMALL ? 'come-closer' : 'turn-head';
}
