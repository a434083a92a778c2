/**
 * Splits photographs into training, stopping and test sets by person, so that no person of the test set was seen in training, and
 * checks that there are enough to learn from, and to know afterwards whether it was worth it.
 */

import { TwinstileError } from '../../base/errors.js';
import { randomFrom, shuffled } from '../../base/random.js';
import type { Side } from '../head/head.js';

/** A photograph as learning sees it. */
export interface SidedPhoto {
  readonly person: string;
  /** Trunk vector. */
  readonly embedding: Float32Array;
  /** Side of the comparison; in a set of one kind of photographs all are 'live'. */
  readonly side: Side;
  /** Which shot of the person it is; a badge photograph and what it was printed from are one. Absent: one of its own. */
  readonly shot?: string;
}

export interface Split<T> {
  readonly train: readonly T[];
  readonly stop: readonly T[];
  readonly examine: readonly T[];
}

const TRAIN = 0.5;
const STOP = 0.15;

/**
 * @param photos of each person, with the person's name; people of one photo and people of several are dealt out
 * separately, so that every part has its share of both.
 */
export function splitByPerson<T extends { readonly person: string }>(
  photos: readonly T[],
  seed: number,
): Split<T> {
  const sizes = new Map<string, number>();
  for (const { person } of photos) sizes.set(person, (sizes.get(person) ?? 0) + 1);
  const random = randomFrom(seed);
  const names = [...sizes.keys()].sort();
  const partOf = new Map<string, keyof Split<T>>();
  for (const several of [true, false]) {
    const some = shuffled(
      names.filter((name) => (sizes.get(name) ?? 0) > 1 === several),
      random,
    );
    some.forEach((name, i) => {
      const share = (i + 0.5) / some.length;
      partOf.set(name, share < TRAIN ? 'train' : share < TRAIN + STOP ? 'stop' : 'examine');
    });
  }
  const part = (name: keyof Split<T>): readonly T[] =>
    photos.filter(({ person }) => partOf.get(person) === name);
  return { train: part('train'), stop: part('stop'), examine: part('examine') };
}

/** Fewer people who can be compared with themselves, and learning only learns them by heart. */
export const MIN_TEACHERS = 10;
/** Rule of 30 (Doddington 1998): 30 events at the highest rate of any gate in practice, 1e-2. */
export const MIN_IMPOSTOR_PAIRS = 3000;

/**
 * @param halfTwin whether templates are compared with live faces, and not all with all.
 * @throws TwinstileError 'bad-arguments' that names what is missing in which part.
 */
export function assertEnough({ train, stop, examine }: Split<SidedPhoto>, halfTwin: boolean): void {
  const missing = [
    lack('learn from', 'people with several photographs', teachersIn(train, halfTwin), MIN_TEACHERS),
    lack('stop by', 'people with several photographs', teachersIn(stop, halfTwin), 3),
    lack('examine', 'people with several photographs', teachersIn(examine, halfTwin), MIN_TEACHERS),
    lack('examine', 'pairs of different people', impostorPairs(examine, halfTwin), MIN_IMPOSTOR_PAIRS),
  ].filter((each) => each !== undefined);
  if (missing.length === 0) return;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: missing.join(' '),
    hint: halfTwin
      ? 'Bring more people who are in both folders under the same name.'
      : 'Bring more people, with two photographs or more of each.',
  });
}

/** People who can be compared with themselves: with two photographs, or with one on each side. */
export function teachersIn(photos: readonly SidedPhoto[], halfTwin: boolean): number {
  const seen = new Map<string, SidedPhoto[]>();
  for (const photo of photos) seen.set(photo.person, [...(seen.get(photo.person) ?? []), photo]);
  const can = (own: readonly SidedPhoto[]): boolean =>
    halfTwin ? new Set(own.map(({ side }) => side)).size === 2 : own.length > 1;
  return [...seen.values()].filter(can).length;
}

export function impostorPairs(photos: readonly SidedPhoto[], halfTwin: boolean): number {
  const people = new Map<string, { template: number; live: number }>();
  for (const { person, side } of photos) {
    const of = people.get(person) ?? { template: 0, live: 0 };
    of[side] += 1;
    people.set(person, of);
  }
  const counts = [...people.values()];
  const sum = (of: (each: { template: number; live: number }) => number): number =>
    counts.reduce((total, each) => total + of(each), 0);
  if (halfTwin)
    return (
      sum(({ template }) => template) * sum(({ live }) => live) - sum((each) => each.template * each.live)
    );
  const all = ({ template, live }: { template: number; live: number }): number => template + live;
  return (sum(all) ** 2 - sum((each) => all(each) ** 2)) / 2;
}

const lack = (purpose: string, of: string, got: number, needed: number): string | undefined =>
  got >= needed ? undefined : `Expected at least ${needed} ${of} to ${purpose}, got ${got}.`;
