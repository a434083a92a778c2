import type { Point } from '../frame/geometry.js';

/** Rotation, uniform scale and shift: (x, y) -> (a·x - b·y + tx, b·x + a·y + ty). */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

/**
 * The similarity that carries `from` onto `to` with the least squared error (Umeyama 1991, without reflection;
 * closed form in the plane).
 * @param from at least two distinct points. @param to as many points.
 */
export function similarityBetween(from: readonly Point[], to: readonly Point[]): Similarity {
  const count = Math.min(from.length, to.length);
  const mean = (points: readonly Point[]) => ({
    x: points.slice(0, count).reduce((sum, { x }) => sum + x, 0) / count,
    y: points.slice(0, count).reduce((sum, { y }) => sum + y, 0) / count,
  });
  const source = mean(from);
  const target = mean(to);
  let along = 0;
  let across = 0;
  let spread = 0;
  for (let index = 0; index < count; index += 1) {
    const p = from[index] as Point;
    const q = to[index] as Point;
    const px = p.x - source.x;
    const py = p.y - source.y;
    const qx = q.x - target.x;
    const qy = q.y - target.y;
    along += px * qx + py * qy;
    across += px * qy - py * qx;
    spread += px * px + py * py;
  }
  const a = along / spread;
  const b = across / spread;
  return { a, b, tx: target.x - a * source.x + b * source.y, ty: target.y - b * source.x - a * source.y };
}

export const transform = ({ a, b, tx, ty }: Similarity, { x, y }: Point): Point => ({
  x: a * x - b * y + tx,
  y: b * x + a * y + ty,
});
