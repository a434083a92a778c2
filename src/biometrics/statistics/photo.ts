import type { Side } from '../head/head.js';

/** A photograph as learning sees it. */
export interface SidedPhoto {
  readonly person: string;
  /** Trunk vector. */
  readonly embedding: Float32Array;
  /** Side of the comparison; in a set of one kind of photographs all are 'live'. */
  readonly side: Side;
  /** Which shot of the person it is; a badge photograph and what it was printed from are one. Absent: one of its own. */
  readonly shot?: string;
}
