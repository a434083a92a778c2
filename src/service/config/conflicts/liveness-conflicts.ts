/** Refuses liveness by undefined schedules. Reads the raw document, to report these with all other problems. */
import { entriesOf } from '../access/access-entries.js';
import { formatValue, isGroup, type Problem } from '../sections/config-problem.js';

/** @param lanes the list `lanes`. @param access the group `access` of the same document. */
export function livenessConflicts(lanes: unknown, access: unknown): readonly Problem[] {
  const known: readonly unknown[] = isGroup(access)
    ? ['always', 'never', ...entriesOf(access.schedules, 'access.schedules').map(({ group }) => group.id)]
    : [];
  return entriesOf(lanes, 'lanes').flatMap(({ path, group: { liveness } }) =>
    entriesOf(isGroup(liveness) ? liveness.by_schedule : undefined, `${path}.liveness.by_schedule`).flatMap(
      ({ path: place, group: { schedule } }) =>
        schedule === undefined || known.includes(schedule)
          ? []
          : [
              {
                path: `${place}.schedule`,
                text: `Expected a schedule that is described, got ${formatValue(schedule)}. Known here: ${known.join(', ') || 'none; schedules are described in access'}.`,
              },
            ],
    ),
  );
}
