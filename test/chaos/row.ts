/** One way to break the product, tried many times. */
import type { Scope } from './scope.js';

export interface Trial {
  /** How many times it is to be tried. */
  readonly n: number;
  /** An empty folder, removed afterwards. */
  readonly folder: string;
  /** What was begun and has to be ended whatever comes. */
  readonly scope: Scope;
}

export type Finding =
  /** `n`: how many were really tried. One sentence for each that failed. */
  | { readonly n: number; readonly failures: readonly string[]; readonly note?: string }
  /** It cannot be tried on this machine, and why. */
  | { readonly skipped: string };

export interface Row {
  readonly name: string;
  /** What must hold, each time. */
  readonly claim: string;
  readonly short: number;
  readonly long: number;
  run(trial: Trial): Promise<Finding>;
}

/**
 * Nothing failed in `n` independent trials: with 95 % confidence it fails at most this often (the "rule of three", Hanley and
 * Lippman-Hand 1983). @param n 1 or more.
 */
export const atMost = (n: number): number => Math.min(1, 3 / n);
