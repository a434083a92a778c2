/** Changes which devices a release goes to, and signs the plan of it: more of them, no further one, or back from all. */
import { TwinstileError } from '../../base/errors.js';
import type { ReleasesState, RepositoryWriter } from '../fleet-ports.js';
import {
  distributeMetadata,
  type SigningDependencies,
  signSnapshot,
  signTargets,
  withTarget,
} from '../publish/sign-metadata.js';
import { encodePlan, planTarget, type Release } from '../releases/rollout-plan.js';
import { siteRole } from '../segments/manifest.js';
import { type Signer, targetFileOf } from '../tuf/signing.js';

export type RolloutChange =
  /** Also on from a halt. Absent: unchanged. */
  | { readonly change: 'advance'; readonly percent?: number; readonly devices?: readonly string[] }
  | { readonly change: 'halt' }
  | { readonly change: 'roll-back' };

/**
 * Finds a release as it is now; changes nothing.
 * @param number the newest one when absent. @throws TwinstileError 'bad-arguments' when there is no such release.
 */
export async function findRelease(
  { state, site }: Pick<PlanDependencies, 'state' | 'site'>,
  number?: number,
): Promise<Release> {
  return recordOf((await state.load()) ?? NO_RELEASES, site, number).release;
}

function recordOf(
  { releases }: ReleasesState,
  site: string,
  number: number | undefined,
): ReleasesState['releases'][number] {
  const wanted = number ?? releases.at(-1)?.release.number;
  const found = releases.find(({ release }) => release.number === wanted);
  if (found === undefined) throw none(site, number);
  return found;
}

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
  const found = recordOf(before, dependencies.site, number);
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

export interface PlanDependencies extends SigningDependencies {
  readonly site: string;
  readonly out: RepositoryWriter;
  readonly state: {
    load(): Promise<ReleasesState | undefined>;
    save(state: ReleasesState): Promise<void>;
  };
  readonly siteSigners: readonly Signer[];
}

export const NO_RELEASES: ReleasesState = { serial: 0, last: 0, releases: [] };

/** A new plan of releases, signed by the keys that sign the site's gallery. The same releases keep the serial, and give the same bytes. @returns whether devices will notice anything. */
export async function signPlan(
  dependencies: PlanDependencies,
  before: ReleasesState,
  { last, releases }: Pick<ReleasesState, 'last' | 'releases'>,
): Promise<boolean> {
  const { site, out, state } = dependencies;
  const offered = releases.map(({ release }) => release);
  const same = encodePlan({ site, serial: before.serial, releases: offered });
  const old = encodePlan({
    site,
    serial: before.serial,
    releases: before.releases.map((each) => each.release),
  });
  const serial = same.equals(old) && before.serial > 0 ? before.serial : before.serial + 1;
  const plan = encodePlan({ site, serial, releases: offered });
  const target = targetFileOf(planTarget(site), plan);
  await out.put(`targets/site/${site}/${target.hashes.sha256}.models.json`, plan);
  await out.flush();
  await state.save({ serial, last, releases });
  const signing = {
    role: siteRole(site),
    signers: dependencies.siteSigners,
    lifetime: dependencies.lifetimes.site,
  };
  await signTargets(dependencies, signing, (role) => withTarget(role, target));
  const changed = await signSnapshot(dependencies);
  await distributeMetadata(dependencies);
  return changed;
}
