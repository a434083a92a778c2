/** A second opinion on who is nearest: it may doubt, and never lets in whom the distance does not. */
import type { ModelDigest } from '../../base/ids.js';
import type { HeadCard } from '../training-record.js';
import { type Network, scoreOf } from './reranker-network.js';

export interface Reranker {
  /** Of encoder and head behind which it was learned. */
  readonly compared: ModelDigest;
  readonly network: Network;
  /** A lower score is doubted. */
  readonly accept: number;
  /** How many of the nearest people it looks at, 2 or more. */
  readonly candidates: number;
  /** How it was made, and what doubting is worth to people it never saw. */
  readonly card: HeadCard;
}

export interface Candidate {
  /** Of whom it is. */
  readonly person: string;
  /** What is compared: after the template's side of a head. */
  readonly template: Float32Array;
}

/**
 * @param nearest people whose distance passes the bound, the nearest first. @param live after its side of the head.
 * @returns whether the nearest is accepted: above the bound of the score, and above all the others'.
 */
export function believes(
  { network, accept }: Reranker,
  live: Float32Array,
  nearest: readonly Candidate[],
): boolean {
  const [first, ...others] = nearest.map(({ template }) => scoreOf(network, template, live));
  return first !== undefined && first >= accept && others.every((other) => first > other);
}
