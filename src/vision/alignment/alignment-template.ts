import type { FivePoints } from '../detection/face.js';

/** Places of the five landmarks in a square picture. */
export interface AlignmentTemplate {
  readonly side: number;
  readonly points: FivePoints;
}

/**
 * The template of the chip by which light and focus are measured: eyes 20 px apart, so that any face worth encoding is shrunk to it and a
 * small face does not look blurred just for being enlarged. Places of ArcFace's template (Deng et al. 2019).
 */
export const QUALITY_CHIP: AlignmentTemplate = {
  side: 64,
  points: [
    { x: 21.883, y: 29.541 },
    { x: 42.018, y: 29.429 },
    { x: 32.014, y: 40.992 },
    { x: 23.742, y: 52.78 },
    { x: 40.417, y: 52.688 },
  ],
};
