/** Audits the people of an enrollment right after it: what it finds is cheapest to mend while they are still there. */
import { explain } from '../../base/errors.js';
import type { PersonId } from '../../base/ids.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import type { Config } from '../../service/config/config-schema.js';
import { modelsOfBox } from '../../service/models/models-in-use.js';
import { type AuditDependencies, auditGallery } from '../../service/setup/audit-gallery.js';
import { openComparison } from '../../service/setup/open-comparison.js';
import { withGallery } from '../../service/setup/open-gallery.js';
import { conditionLines, likenessLines } from './people-audit.js';

/** A longer list of new people is audited by a command of its own. */
const MOST_AUDITED = 200;

/** Returns what an audit finds of these people, each with what to do; nothing where all is well. */
export async function newcomersLines(
  audited: AuditDependencies,
  people: ReadonlySet<PersonId>,
): Promise<readonly string[]> {
  if (people.size === 0) return [];
  if (people.size > MOST_AUDITED)
    return ['Too many people to audit at once. See what needs attention with: twinstile people audit'];
  return likenessLines(await auditGallery(audited, people));
}

/**
 * Audits a person who was enrolled before a camera, also for how many people that lane's centre is made of.
 *
 * Where this user may not open the gallery (the service enrolled for them), it names the command for one who may.
 */
export async function auditedAtCamera(
  { config: given, lane }: { readonly config: Config; readonly lane: string | undefined },
  env: NodeJS.ProcessEnv,
  person: PersonId,
): Promise<readonly string[]> {
  try {
    const { config, models } = await modelsOfBox(given, env);
    const { card } = await openPacks(models.packFolder).open(config.models.pack);
    const comparison = await openComparison(card, config.models.head, config.models.calibration);
    const found = await withGallery(config, env.CREDENTIALS_DIRECTORY, ({ gallery }) =>
      auditGallery({ gallery, config, comparison }, new Set([person])),
    );
    const here = found.captured.filter((one) => one.lane !== undefined && one.lane === lane);
    const lines = [...likenessLines(found), ...here.flatMap(conditionLines)];
    return lines.length > 0 ? lines : [`Audited: nothing about ${person} needs attention.`];
  } catch (error) {
    return [
      `Not audited: ${explain(error)} Let the user of the service run: twinstile people audit ${person}`,
    ];
  }
}
