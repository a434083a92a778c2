/**
 * Bounds how many capture conditions a gallery is compared by. Each has a centre, an offset and a comparison of its own, and a gallery
 * that another box published may name as many as it has templates.
 */
import { type CaptureCondition, countsAsPhoto, UNKNOWN_CONDITION } from './capture-condition.js';
import type { CapturedRows } from './condition-centre.js';

/** Cameras and webcams with a centre of their own: of 512 numbers about 4 MB with their offsets. */
export const MAX_CONDITIONS = 512;

/**
 * Returns the condition of each row as it is compared: those beyond MAX_CONDITIONS count as unknown, so as photographs from elsewhere.
 * Conditions with more people stay before those with fewer, of equal ones the first by name, so that made-up ones of one person each
 * displace no camera where several people were enrolled.
 *
 * @param own conditions of this box's own lanes, which stay in any case.
 * @returns the same array where all fit.
 */
export function boundedConditions(
  { owners, conditions }: CapturedRows,
  own: ReadonlySet<CaptureCondition> = new Set(),
): readonly CaptureCondition[] {
  const names = new Set(conditions.filter((one) => !countsAsPhoto(one)));
  if (names.size <= MAX_CONDITIONS) return conditions;
  const people = new Map<CaptureCondition, Set<string>>();
  for (const [row, condition] of conditions.entries()) {
    if (!names.has(condition)) continue;
    const seen = people.get(condition) ?? new Set<string>();
    people.set(condition, seen.add(owners[row] ?? ''));
  }
  const ranked = [...people]
    .map(([condition, seen]) => ({ condition, people: seen.size, isOwn: own.has(condition) }))
    .sort(
      (a, b) =>
        Number(b.isOwn) - Number(a.isOwn) || b.people - a.people || (a.condition < b.condition ? -1 : 1),
    );
  const kept = new Set(ranked.slice(0, MAX_CONDITIONS).map(({ condition }) => condition));
  return conditions.map((one) => (countsAsPhoto(one) || kept.has(one) ? one : UNKNOWN_CONDITION));
}
