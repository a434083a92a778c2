/** A new plan of releases, signed by the keys that sign the site's gallery. */
import type { RepositoryWriter } from '../fleet-ports.js';
import { distributeMetadata, withTarget } from '../publish/distribute-metadata.js';
import { type SigningDependencies, signSnapshot, signTargets } from '../publish/sign-metadata.js';
import type { ReleasesState } from '../release-ports.js';
import { encodePlan, planTarget } from '../releases/rollout-plan.js';
import { siteRole } from '../segments/manifest.js';
import { type Signer, targetFileOf } from '../tuf/signing.js';

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

/** The same releases keep the serial, and give the same bytes. @returns whether devices will notice anything. */
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
