/** What does a plan ask of this device? Pure. */
import { isChosen } from '../segments/rollout.js';
import type { Plan, Release } from './rollout-plan.js';
import { isRefused, type RolloutProgress } from './rollout-state.js';

export type RolloutStep =
  | { readonly step: 'stay' }
  /** To what was before. */
  | { readonly step: 'return' }
  | { readonly step: 'take'; readonly release: Release };

/** @param device its name in the roll-out. */
export function nextStep(
  { releases }: Pick<Plan, 'releases'>,
  device: string,
  progress: RolloutProgress,
): RolloutStep {
  const current = progress.running?.release ?? 0;
  if (releases.some(({ number, status }) => number === current && status === 'rolled-back'))
    return { step: 'return' };
  // While one is watched its successor waits: it is not known yet what there is to go back to.
  if (progress.watched !== undefined) return { step: 'stay' };
  const best = releases.findLast(
    (release) =>
      release.status === 'offered' && !isRefused(progress, release.number) && isFor(release, device),
  );
  return best === undefined || best.number <= current ? { step: 'stay' } : { step: 'take', release: best };
}

/** The contents in the hash keep it from always being the same devices that go first. */
export const isFor = ({ contents: [sha256], percent, devices }: Release, device: string): boolean =>
  isChosen(device, { pack: sha256, percent, devices });
