/** Limits the removals of an import: an export that was cut off must not empty a site. */
import { TwinstileError } from '../../base/errors.js';
import type { ImportPlan } from './import-plan.js';

/** As many leave in a usual week; more must be allowed explicitly. */
const FEW = 5;
const SHARE = 0.1;

interface RemovalOptions {
  /** Of the command line; absent: a tenth of the people whom the directory brought, and at least five. */
  readonly maxRemovals?: number | undefined;
  /** How many more people the directory has than this export. */
  readonly missingCount: number;
  /** Why the export cannot be the whole answer; absent without a sign of that. */
  readonly incomplete?: string | undefined;
}

/** @throws TwinstileError 'enrolment-refused'; nothing is changed then. */
export function checkRemoval(
  plan: ImportPlan,
  { maxRemovals: most, missingCount: left, incomplete }: RemovalOptions,
): void {
  const { missing, managed, refused, added, changed, unchanged } = plan;
  if (missing.length === 0) return;
  const refuse = (expected: string, got: string, hint: string): TwinstileError =>
    new TwinstileError({ code: 'enrolment-refused', message: `Expected ${expected}, got ${got}.`, hint });
  if (left > 0)
    throw refuse(
      'the whole directory to remove who left it',
      `an export that lacks ${left} of its people`,
      'Export all pages, and name all files.',
    );
  if (incomplete !== undefined)
    throw refuse(
      'the whole directory to remove who left it',
      incomplete,
      'Raise the limit of the search or fetch all pages (ldapsearch -E pr=500/noprompt), and name all files.',
    );
  const nameless = refused.filter(({ id }) => id === undefined).length;
  if (nameless > 0)
    throw refuse(
      'an id in every entry to remove who left',
      `${nameless} without`,
      'Look at what was refused: one of them may be somebody who seems to have left.',
    );
  if (added.length + changed.length + unchanged.length === 0)
    throw refuse('people in the export to remove who left', 'nobody', 'Check the mapping with --dry-run.');
  const allowed = most ?? Math.max(FEW, Math.floor(managed * SHARE));
  if (missing.length > allowed)
    throw refuse(
      `at most ${allowed} people to remove`,
      `${missing.length} of ${managed} who are not in the export`,
      `If that is right: --most-removals ${missing.length}.`,
    );
}
