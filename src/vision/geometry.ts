/**
 * Describes points, boxes and similarities of the plane, in pixels of the frame: x to the right, y down, origin at the top left
 * corner.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const centreOf = ({ x, y, width, height }: Box): Point => ({ x: x + width / 2, y: y + height / 2 });

export const areaOf = ({ width, height }: Box): number => Math.max(0, width) * Math.max(0, height);

export const distanceBetween = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

/** Intersection over union, 0..1; 0 when either box is empty. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (areaOf(a) + areaOf(b) - shared);
}

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
