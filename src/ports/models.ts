/** What roll-outs of models need from the world. */
import type { ModelDigest, PersonId } from '../base/ids.js';
import type { Examined } from '../sync/release/examination.js';
import type { PairPhoto } from '../sync/release/pairs.js';
import type { Progress } from '../sync/release/progress.js';

/** How far this device has come, beside the gallery. */
export interface ProgressStore {
  load(): Promise<Progress>;
  /** In one transaction: nobody changes it between. @returns what is stored then. */
  change(step: (progress: Progress) => Progress): Promise<Progress>;
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
