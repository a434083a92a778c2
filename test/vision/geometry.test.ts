import { test } from 'node:test';
import fc from 'fast-check';
import { type Point, similarityBetween, transform } from '../../src/vision/geometry.js';

const number = (most: number) => fc.double({ min: -most, max: most, noNaN: true });
const point = fc.record({ x: number(100), y: number(100) });
const similarity = fc
  .record({
    angle: number(Math.PI),
    scale: fc.double({ min: 0.1, max: 10, noNaN: true }),
    tx: number(500),
    ty: number(500),
  })
  .map(({ angle, scale, tx, ty }) => ({ a: scale * Math.cos(angle), b: scale * Math.sin(angle), tx, ty }));
const apart = (points: readonly Point[]) =>
  points.some((p) => points.some((q) => Math.hypot(p.x - q.x, p.y - q.y) > 1));

test('finds again the rotation, scale and shift that carried five points', () => {
  fc.assert(
    fc.property(
      fc.array(point, { minLength: 5, maxLength: 5 }).filter(apart),
      similarity,
      (points, truth) => {
        const found = similarityBetween(
          points,
          points.map((each) => transform(truth, each)),
        );
        return points.every((each) => {
          const [p, q] = [transform(found, each), transform(truth, each)];
          return Math.hypot(p.x - q.x, p.y - q.y) < 1e-6;
        });
      },
    ),
  );
});

test('leaves no smaller error to any similarity nearby', () => {
  const errorOf = (from: readonly Point[], to: readonly Point[], by: Parameters<typeof transform>[0]) =>
    from.reduce((sum, each, index) => {
      const p = transform(by, each);
      return sum + (p.x - (to[index]?.x ?? 0)) ** 2 + (p.y - (to[index]?.y ?? 0)) ** 2;
    }, 0);
  const five = fc.array(point, { minLength: 5, maxLength: 5 }).filter(apart);
  fc.assert(
    fc.property(
      five,
      five,
      fc.tuple(number(0.1), number(0.1), number(5), number(5)),
      (from, to, [a, b, x, y]) => {
        const best = similarityBetween(from, to);
        const other = { a: best.a + a, b: best.b + b, tx: best.tx + x, ty: best.ty + y };
        return errorOf(from, to, best) <= errorOf(from, to, other) + 1e-6;
      },
    ),
  );
});
