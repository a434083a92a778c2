/** A release goes to more devices, to no further one, or back from all that have it. */
import { TwinstileError } from '../../base/errors.js';
import type { Release } from '../releases/rollout-plan.js';
import { NO_RELEASES, type PlanDependencies, signPlan } from './sign-plan.js';

export type RolloutChange =
  /** Also on from a halt. Absent: unchanged. */
  | { readonly change: 'advance'; readonly percent?: number; readonly devices?: readonly string[] }
  | { readonly change: 'halt' }
  | { readonly change: 'roll-back' };

/**
 * @param number the newest one when absent.
 * @throws TwinstileError 'bad-arguments' when there is no such release, or it was taken back and is offered again.
 */
export async function changeRollout(
  dependencies: PlanDependencies,
  change: RolloutChange,
  number?: number,
): Promise<{ readonly release: Release; readonly changed: boolean }> {
  const before = (await dependencies.state.load()) ?? NO_RELEASES;
  const wanted = number ?? before.releases.at(-1)?.release.number;
  const found = before.releases.find(({ release }) => release.number === wanted);
  if (found === undefined) throw none(dependencies.site, number);
  const release = after(found.release, change);
  const changed = await signPlan(dependencies, before, {
    last: before.last,
    releases: before.releases.map((each) => (each === found ? { ...each, release } : each)),
  });
  return { release, changed };
}

function after(release: Release, change: RolloutChange): Release {
  if (change.change === 'roll-back') return { ...release, status: 'rolled-back' };
  if (release.status === 'rolled-back')
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a release that is offered, got ${release.number}, which was taken back.`,
      hint: 'Publish it again under a new number: twinstile models publish … --again',
    });
  if (change.change === 'halt') return { ...release, status: 'halted' };
  const { percent = release.percent, devices = [] } = change;
  return {
    ...release,
    status: 'offered',
    percent,
    devices: [...new Set([...release.devices, ...devices])].sort(),
  };
}

const none = (site: string, number: number | undefined): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message:
      number === undefined
        ? `Expected a release of models of ${site}, got none.`
        : `Expected a release of models of ${site}, got ${number}, which is not in its plan.`,
    hint: 'See what is out with: twinstile models rollout status; publish with: twinstile models publish',
  });
