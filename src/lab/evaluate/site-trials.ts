/** Draws who is enrolled at a camera and who is not, so that each person is both in turn. */
import { randomFrom, shuffled, wholeBelow } from '../../base/random.js';

/** A clip by which a person is enrolled. */
export interface EnrolledClip {
  readonly person: string;
  readonly file: string;
}

/** One gallery: all other people are impostors to it. */
export type SiteTrial = readonly EnrolledClip[];

interface TrialPlan {
  /** How many people are enrolled, 0 or more. */
  readonly enrolled: number;
  /** Most trials; where there are more, so many are drawn at random. */
  readonly most: number;
  readonly seed: number;
}

/**
 * Returns the galleries of so many people: each group of people with each person's first clip, then with the second of each,
 * and so on, those who have fewer starting over; or a random choice of groups and clips where there are too many.
 *
 * @returns none where there are not enough people.
 */
export function siteTrials(
  clips: readonly EnrolledClip[],
  { enrolled, most, seed }: TrialPlan,
): readonly SiteTrial[] {
  const files = new Map<string, string[]>();
  for (const { person, file } of clips) files.set(person, [...(files.get(person) ?? []), file]);
  const people = [...files.keys()];
  if (enrolled > people.length) return [];
  if (enrolled === 0) return [[]];
  const turns = Math.max(...[...files.values()].map((own) => own.length));
  const inTurn = (person: string, turn: number): EnrolledClip => {
    const own = files.get(person) ?? [];
    return { person, file: own[turn % own.length] ?? '' };
  };
  if (groupsOf(people.length, enrolled) * turns <= most)
    return groups(people, enrolled).flatMap((group) =>
      Array.from({ length: turns }, (_, turn) => group.map((person) => inTurn(person, turn))),
    );
  const random = randomFrom(seed);
  const drawn = new Map<string, SiteTrial>();
  // Groups that were drawn before are drawn again: with so many to choose from that is rare.
  for (let draws = 0; drawn.size < most && draws < 20 * most; draws += 1) {
    const trial = shuffled(people, random)
      .slice(0, enrolled)
      .sort()
      .map((person) => inTurn(person, wholeBelow(turns, random)));
    drawn.set(JSON.stringify(trial), trial);
  }
  return [...drawn.values()];
}

/** n choose k, as a double. */
function groupsOf(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i += 1) result = (result * (n - k + i)) / i;
  return result;
}

function groups(people: readonly string[], size: number): readonly (readonly string[])[] {
  if (size === 0) return [[]];
  return people.flatMap((first, i) => groups(people.slice(i + 1), size - 1).map((rest) => [first, ...rest]));
}

/** Takes so many of a list, spread over it; all where there are not more. */
export const spreadOver = <T>(items: readonly T[], count: number): readonly T[] =>
  items.length <= count
    ? items
    : Array.from({ length: count }, (_, i) => items[Math.floor(((i + 0.5) * items.length) / count)] as T);
