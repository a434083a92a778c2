/**
 * Imports a directory's export into the gallery: records first, then photographs, then removals. Each batch is one
 * transaction; the same command completes an import that was interrupted.
 */
import type { PersonId } from '../../base/ids.js';
import type { EnrollmentCandidate } from '../enrollment/enrollment-candidate.js';
import type { EnrollmentReport } from '../enrollment/enrollment-report.js';
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
