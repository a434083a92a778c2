/** Checks a badge once more right before the gate is opened: a revocation or a returned badge counts. */

import { objectionToBadge, objectionToComparison } from '../access/admission.js';
import type { Granted } from '../access/decision.js';
import type { PendingReason } from '../access/decision-reasons.js';
import { isVisitor } from '../access/policy/permission.js';
import type { LaneDependencies } from './lane-dependencies.js';

/** Never rejects: a gallery that cannot be read proves nothing. */
export async function objectionToBadgeNow(
  { ports, features }: Pick<LaneDependencies, 'ports' | 'features'>,
  { badge, person, reason }: Granted,
): Promise<PendingReason | undefined> {
  if (badge === undefined) return undefined;
  try {
    const standing = await ports.standingOf(badge);
    const wrong = objectionToBadge(standing);
    if (wrong !== undefined) return wrong;
    if (standing.kind === 'foreign')
      return person !== undefined && isVisitor(person) ? undefined : 'badge-unknown';
    if (standing.kind !== 'held' || standing.person !== person) return 'badge-unknown';
    if (reason !== 'document-verified') return undefined;
    return objectionToComparison(await features?.access?.personOf(person), ports.clock.wall());
  } catch {
    // The next badge meets the same failure on its way, where it is reported.
    return 'degraded';
  }
}
