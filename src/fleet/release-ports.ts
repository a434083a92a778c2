/** Ports of model rollouts. */
import type { ModelDigest, PersonId } from '../base/ids.js';
import type { PairPhoto } from './releases/mated-pairs.js';
import type { Examined } from './releases/release-examination.js';
import type { Release } from './releases/rollout-plan.js';
import type { RolloutProgress } from './releases/rollout-state.js';

/** Rollout progress of this device, stored with the gallery. */
export interface RolloutStore {
  load(): Promise<RolloutProgress>;
  /** In one transaction: no other change comes between. @returns what is stored then. */
  change(step: (progress: RolloutProgress) => RolloutProgress): Promise<RolloutProgress>;
  /** Of those who can be recognised with one encoder: how many they are, and who could not be with another. */
  coverage(
    from: ModelDigest,
    to: ModelDigest,
  ): Promise<{ readonly people: number; readonly without: readonly PersonId[] }>;
}

/** Lets a pack's networks look at photographs, in a process of its own. */
export interface PackExaminer {
  /** @throws TwinstileError when the networks cannot be loaded or the process does not survive it. */
  examine(pack: string, photos: readonly PairPhoto[], signal?: AbortSignal): Promise<Examined>;
}

/** What the registrar remembers of the releases of a site. */
export interface ReleasesState {
  readonly serial: number;
  /** The largest number that was ever given. */
  readonly last: number;
  readonly releases: readonly {
    readonly release: Release;
    /** SHA-256 over everything that makes it this release. */
    readonly key: string;
    /** SHA-256 of every blob that devices fetch for it. */
    readonly blobs: readonly string[];
    /** Of the site, when the photographs were encrypted. */
    readonly recipient: string;
  }[];
}
