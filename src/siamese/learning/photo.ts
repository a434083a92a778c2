import type { Side } from '../head/head.js';

/** A photograph as learning sees it. */
export interface SidedPhoto {
  readonly person: string;
  /** Trunk vector. */
  readonly embedding: Float32Array;
  /** Which side of the comparison it stands on; in a set of one kind of photographs all stand on 'live'. */
  readonly side: Side;
}
