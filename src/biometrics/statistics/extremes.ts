/** The pairs that went worst: of each kind the few at the wrong end. */
export interface Pair {
  readonly a: number;
  readonly b: number;
  readonly distance: number;
}

interface Extremes {
  /** Numbers, not an object: it is asked for millions of pairs. */
  offer(distance: number, a: number, b: number): void;
  /** The worst first. */
  take(): readonly Pair[];
}

/** @param worst 'far': the farthest count as the worst (one person); 'near': the nearest (two people). @param keep how many. */
export function extremesOf(worst: 'far' | 'near', keep: number): Extremes {
  const isWorse = (a: number, b: number): boolean => (worst === 'far' ? a > b : a < b);
  const kept: Pair[] = [];
  let bound = Number.NaN;
  return {
    offer(distance, a, b) {
      if (Number.isNaN(distance) || (kept.length >= keep && !isWorse(distance, bound))) return;
      const place = kept.findIndex((one) => isWorse(distance, one.distance));
      kept.splice(place === -1 ? kept.length : place, 0, { a, b, distance });
      if (kept.length > keep) kept.pop();
      bound = kept.at(-1)?.distance ?? distance;
    },
    take: () => [...kept],
  };
}
