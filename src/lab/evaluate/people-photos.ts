/** The photographs of an evaluation: acquired, and where not, why not. */
import path from 'node:path';
import type { Comparison } from '../../biometrics/head/comparison.js';
import { photosByPerson } from '../../records/enrollment/photo-folder.js';
import { openComparison } from '../../service/setup/open-comparison.js';
import type { Acquired, NotAcquired } from '../../service/setup/open-photo-encoder.js';
import { type Acquisition, acquirePhotos } from './acquire-photos.js';

export interface Shown {
  readonly person: string;
  /** Below the folder: PERSON/FILE. */
  readonly name: string;
  /** Of the trunk. */
  readonly vector: Float32Array;
}

/** Failures to acquire (FTA): these recognise no person. */
export interface Missing {
  readonly name: string;
  readonly reason: NotAcquired;
}

export interface PeoplePhotos {
  readonly pack: string;
  readonly comparison: Comparison;
  readonly shown: readonly Shown[];
  readonly missing: readonly Missing[];
}

/** Options of every evaluation of photographs. */
export interface PhotoWishes extends Omit<Acquisition, 'paths'> {
  /** Head file; absent: the encoder alone. */
  readonly head?: string;
}

/** @throws TwinstileError of the folder, the pack store, the head and the photo encoder. */
export async function peoplePhotos(
  folder: string,
  { head, ...acquisition }: PhotoWishes,
  signal: AbortSignal,
): Promise<PeoplePhotos> {
  const filed = await photosByPerson(folder);
  const paths = filed.map((photo) => photo.path);
  const { card, acquired } = await acquirePhotos({ ...acquisition, paths }, signal);
  const comparison = await openComparison(card, head);
  const shown: Shown[] = [];
  const missing: Missing[] = [];
  for (const { person, path: file } of filed) {
    const name = path.posix.join(person, path.basename(file));
    const one: Acquired = acquired.get(file) ?? { missing: 'unreadable' };
    if ('missing' in one) missing.push({ name, reason: one.missing });
    else shown.push({ person, name, vector: one.embedding });
  }
  return { pack: card.name, comparison, shown, missing };
}

/** How many of each reason. */
export function reasonsOf(missing: readonly Pick<Missing, 'reason'>[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { reason } of missing) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
