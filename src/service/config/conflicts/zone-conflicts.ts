import { isGroup, type Problem } from '../sections/config-problem.js';

/** Refuses a region of interest that exceeds the picture. @param raw as in the document. @param path of the zone. */
export function zoneConflicts(raw: unknown, path: string): readonly Problem[] {
  const zone = isGroup(raw) ? raw : {};
  return (
    [
      ['x', 'width'],
      ['y', 'height'],
    ] as const
  ).flatMap(([start, span]) => {
    const end = numberOr(zone[start], 0) + numberOr(zone[span], 1);
    if (end <= 1.000001) return [];
    const text = `Expected ${start} + ${span} to be at most 1, got ${end}. Make ${span} smaller.`;
    return [{ path, text }];
  });
}

const numberOr = (value: unknown, other: number): number => (typeof value === 'number' ? value : other);
