/** What does a plan ask of this device? Pure. */
import { isChosen } from '../segments/rollout.js';
import type { Plan, Release } from './rollout-plan.js';
import { isRefused, type Progress } from './rollout-state.js';

export type PermissionRequest =
  | { readonly wish: 'stay' }
  /** To what was before. */
  | { readonly wish: 'return' }
  | { readonly wish: 'take'; readonly release: Release };

/** @param device its name in the roll-out. */
export function wishOf(
  { releases }: Pick<Plan, 'releases'>,
  device: string,
  progress: Progress,
): PermissionRequest {
  const here = progress.running?.release ?? 0;
  if (releases.some(({ number, word }) => number === here && word === 'returned')) return { wish: 'return' };
  // While one is watched its successor waits: it is not known yet what there is to go back to.
  if (progress.watched !== undefined) return { wish: 'stay' };
  const best = releases.findLast(
    (release) => release.word === 'offered' && !isRefused(progress, release.number) && isFor(release, device),
  );
  return best === undefined || best.number <= here ? { wish: 'stay' } : { wish: 'take', release: best };
}

/** The contents in the hash keep it from always being the same devices that go first. */
export const isFor = ({ contents: [sha256], percent, devices }: Release, device: string): boolean =>
  isChosen(device, { pack: sha256, percent, devices });
