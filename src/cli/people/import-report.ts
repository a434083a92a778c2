/** Formats what an import of a directory did, or would do, for the terminal and for a file. */

import { escapeForbidden } from '../../base/names.js';
import { countPeople, plural } from '../../base/plural.js';
import type { ImportPlan, PersonPlan } from '../../records/directory-import/import-plan.js';
import type { EnrollmentReport } from '../../records/enrollment/enrollment-report.js';

/** More would push what matters off the screen; the report file has all. */
const MAX_LINES = 20;

export interface ImportReport {
  readonly plan: ImportPlan;
  readonly dryRun: boolean;
  readonly removed: readonly string[];
  readonly photos?: EnrollmentReport;
}

/** Text of an export is shown, and never controls the terminal. */
export const importLines = (report: ImportReport): readonly string[] => linesOf(report).map(escapeForbidden);

function linesOf({ plan, dryRun, removed }: ImportReport): readonly string[] {
  const { added, changed, unchanged, refused, missing, others } = plan;
  const would = dryRun ? 'would be ' : '';
  return [
    `${added.length} ${would}added, ${changed.length} ${would}changed, ${unchanged.length} unchanged, ` +
      `${plural(refused.length, 'complaint')}, ${countPeople(missing.length)} no longer in the directory` +
      `${others === 0 ? '.' : `; ${plural(others, 'entry is no person', 'entries are no people')}.`}`,
    ...some(added, (one) => `  new ${formatPlan(one, 'new')}`),
    ...some(changed, (one) => `  changed ${formatPlan(one)}`),
    ...some(refused, ({ id, where, reason }) => `  refused ${id ?? 'somebody'} at ${where}: ${reason}`),
    ...some(missing, (id) => `  left ${id}${removed.includes(id) ? ': removed' : ''}`),
    ...(missing.length > removed.length && !dryRun
      ? ['  Who left still matches where they may: remove them with --remove-missing.']
      : []),
  ];
}

const formatPlan = ({ person, differences: what }: PersonPlan, but?: string): string => {
  const rest = what.filter((word) => word !== but);
  return `${person.id} (${person.name})${rest.length === 0 ? '' : `: ${rest.join(', ')}`}`;
};

function some<One>(all: readonly One[], format: (one: One) => string): readonly string[] {
  const rest = all.length - MAX_LINES;
  return [
    ...all.slice(0, MAX_LINES).map(format),
    ...(rest > 0 ? [`  and ${rest} more; --report FILE.json has them all`] : []),
  ];
}

/** With ids, reasons and counts; never a photograph. */
export function importJson({ plan, dryRun, removed, photos }: ImportReport) {
  const { added, changed, unchanged, refused, missing, others } = plan;
  const plain = ({ person, differences: what }: PersonPlan) => ({ id: person.id, name: person.name, what });
  return {
    dry_run: dryRun,
    added: added.map(plain),
    changed: changed.map(plain),
    unchanged,
    refused,
    missing,
    removed,
    not_people: others,
    photos,
  };
}
