/**
 * Imports a directory's export into the gallery: records first, then photographs, then removals. Each batch is one
 * transaction; the same command completes an import that was interrupted.
 */

import { TwinstileError } from '../../base/errors.js';
import type { PersonId } from '../../base/ids.js';
import type { EnrollmentCandidate, EnrollmentReport } from '../enrollment/enrollment-report.js';
import type { GalleryStore } from '../people/gallery-store.js';
import type { GalleryChange } from '../people/person.js';
import type { DirectoryExport } from './directory-export.js';
import {
  type ImportPlan,
  type PlannedRead,
  type PlanRules,
  planImport,
  withoutPhotos,
} from './import-plan.js';
import { readPerson } from './read-person.js';

/** Changes per transaction, as for enrollment. */
const BATCH = 50;

export async function planFrom(
  source: DirectoryExport,
  store: GalleryStore,
  rules: PlanRules,
): Promise<ImportPlan> {
  const reads: PlannedRead[] = [];
  for await (const entry of source.entries()) reads.push(withoutPhotos(readPerson(entry, rules)));
  return planImport(reads, await store.list(), rules);
}

export interface PeopleImportDependencies {
  readonly store: GalleryStore;
  readonly rules: PlanRules;
  /** Checks photographs and stores the templates; absent: photographs are not imported. */
  readonly enroll?: (
    candidates: AsyncIterable<EnrollmentCandidate>,
    total: number,
  ) => Promise<EnrollmentReport>;
  /** Called with the number of people stored, and of all. */
  readonly onStored?: (done: number, total: number) => void;
  /** Removes people who are missing from the export. */
  readonly remove: boolean;
}

interface Imported {
  readonly photos?: EnrollmentReport;
  readonly removed: readonly PersonId[];
}

/** @throws TwinstileError of the store ('gallery-changed' when another office was quicker) or the encoder; what was stored stays. */
export async function importPeople(
  source: DirectoryExport,
  plan: ImportPlan,
  { store, rules, enroll, onStored, remove }: PeopleImportDependencies,
  signal: AbortSignal,
): Promise<Imported> {
  const all = [...plan.added, ...plan.changed];
  const given = all.flatMap((one) =>
    one.returnedBadges.map((badge) => ({ kind: 'remove-badge', badge }) as const),
  );
  await applyIn(
    store,
    given.map((change) => [change]),
    signal,
  );
  await applyIn(
    store,
    all.map(({ changes }) => changes),
    signal,
    onStored,
  );
  const wanted = new Map(all.filter(({ photos }) => photos.length > 0).map((one) => [one.person.id, one]));
  const total = [...wanted.values()].reduce((sum, { photos }) => sum + photos.length, 0);
  const photos =
    enroll === undefined || total === 0
      ? undefined
      : await enroll(candidatesOf(source, rules, wanted), total);
  // A stop cancels the removals as well.
  const isStopped = signal.aborted || photos?.stopped === true;
  const removed = remove && !isStopped ? plan.missing : [];
  await applyIn(
    store,
    removed.map((person) => [{ kind: 'remove-person', person }]),
    signal,
  );
  return { removed, photos };
}

/** Keeps the changes of one person in one transaction. */
async function applyIn(
  store: GalleryStore,
  steps: readonly (readonly GalleryChange[])[],
  signal: AbortSignal,
  onStep?: (done: number, total: number) => void,
): Promise<void> {
  for (let first = 0; first < steps.length; first += BATCH) {
    if (signal.aborted) return;
    await store.apply(steps.slice(first, first + BATCH).flat());
    onStep?.(Math.min(first + BATCH, steps.length), steps.length);
  }
}

/** Reads the export a second time: its photographs were not kept in memory. */
async function* candidatesOf(
  source: DirectoryExport,
  rules: PlanRules,
  wanted: ReadonlyMap<PersonId, ImportPlan['added'][number]>,
): AsyncGenerator<EnrollmentCandidate> {
  const done = new Set<string>();
  for await (const entry of source.entries()) {
    const read = readPerson(entry, rules);
    if (read.kind !== 'person') continue;
    const plan = wanted.get(read.person.id);
    for (const { source: photo, bytes } of plan === undefined ? [] : read.person.photos) {
      const name = `${read.person.id} ${photo}`;
      if (plan?.photos.includes(photo) !== true || done.has(name)) continue;
      done.add(name);
      yield { person: plan.person, badges: [], file: read.person.where, read: async () => bytes };
    }
  }
}

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

/**
 * Limits the removals of an import: an export that was cut off must not empty a site.
 * @throws TwinstileError 'enrolment-refused'; nothing is changed then.
 */
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
