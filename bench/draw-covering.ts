/**
 * Draws coverings onto photographs by the 68 landmarks of a face: masks, scarves, hands, sunglasses, and as controls what leaves the
 * face free.
 *
 * They are lit like the face below them (side light, its own grain), folded, and cut off smoothly. They are drawings all the same: what
 * is measured with them says how a rule behaves on drawings, and real coverings have to be tried beside them.
 */
import type { Point } from '../src/vision/geometry.js';

/** A picture as pixels. */
export interface Pixels {
  /** bgr8 HWC of height x width. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

type Bgr = readonly [number, number, number];

/** What is drawn. Masks, scarves, hands and niqab hide nose or mouth, sunglasses the eyes; the others leave the face free. */
export const COVERINGS = [
  'mask-surgical',
  'mask-cone',
  'mask-cloth',
  'mask-below-nose',
  'scarf',
  'niqab',
  'hand',
  'sunglasses-square',
  'sunglasses-round',
] as const;
/** Nothing of the face is hidden: to be taken like the face itself. */
export const CONTROLS = ['headscarf', 'mask-below-chin', 'glasses'] as const;
export type Covered = (typeof COVERINGS)[number] | (typeof CONTROLS)[number];

/** Cloth of masks and scarves, as bgr 0..255 in full light. */
export const CLOTHS: Readonly<Record<string, Bgr>> = {
  'light blue': [222, 196, 158],
  white: [238, 240, 240],
  black: [34, 32, 32],
  red: [52, 44, 160],
  green: [70, 96, 62],
  skin: [120, 150, 196],
};

/** What of the face a covering hides. */
export function isCoveredBy(covering: Covered | 'none'): { readonly mouth: boolean; readonly eyes: boolean } {
  const isHidden = COVERINGS.some((one) => one === covering);
  const eyes = covering.startsWith('sunglasses');
  return { mouth: isHidden && !eyes, eyes };
}

export interface DrawPlan {
  readonly covering: Covered;
  readonly cloth: Bgr;
  /** 0..1: shifts edges, folds and the grain; the same number draws the same. */
  readonly seed: number;
}

/**
 * A copy of the picture with the covering on the face.
 * @param marks 68 points of iBUG 300-W in pixels of the picture.
 */
export function drawCovering(picture: Pixels, marks: readonly Point[], plan: DrawPlan): Pixels {
  const face = faceOf(picture, marks, plan.seed);
  const canvas: Canvas = { ...picture, data: Uint8Array.from(picture.data), of: face.of };
  const { cloth } = plan;
  switch (plan.covering) {
    case 'mask-surgical':
    case 'mask-cone':
    case 'mask-cloth':
    case 'mask-below-nose':
      drawMask(canvas, face, plan);
      break;
    case 'scarf':
      fill(canvas, scarfOutline(face), clothPaint(face, cloth, 5));
      break;
    case 'niqab':
      fill(canvas, scarfOutline(face), clothPaint(face, cloth, 4));
      fill(canvas, hoodOutline(face, 0.55), clothPaint(face, cloth, 3), faceOutline(face, -0.1, 0.42));
      break;
    case 'hand':
      drawHand(canvas, face);
      break;
    case 'sunglasses-square':
    case 'sunglasses-round':
      drawGlasses(canvas, face, { round: plan.covering === 'sunglasses-round', dark: 0.92, cloth });
      break;
    case 'headscarf':
      fill(canvas, hoodOutline(face, 0.9), clothPaint(face, cloth, 4), faceOutline(face, 0.12, 1));
      break;
    case 'mask-below-chin':
      fill(canvas, belowChin(face), clothPaint(face, cloth, 4));
      break;
    case 'glasses':
      drawGlasses(canvas, face, { round: face.random(7) > 0.5, dark: 0.06, cloth });
      break;
  }
  const { data, width, height } = canvas;
  return { data, width, height };
}

/** What is drawn on, with the axes of the face. */
interface Canvas extends Pixels {
  readonly of: DrawnFace['of'];
}

/** A face as it is drawn on: its own axes, its light, its grain. */
interface DrawnFace {
  /** From shares of the eye distance, right and down from between the eyes, to pixels. */
  readonly at: (across: number, down: number) => Point;
  /** The other way. */
  readonly of: (point: Point) => Point;
  readonly mark: (index: number) => Point;
  /** Light at a place across the face, 1 on average. */
  readonly light: (across: number) => number;
  /** Mean colour of the cheeks. */
  readonly skin: Bgr;
  /** The same for the same number, 0..1. */
  readonly random: (index: number) => number;
}

function faceOf({ data, width, height }: Pixels, marks: readonly Point[], seed: number): DrawnFace {
  const mark = (index: number): Point => marks[index] ?? { x: Number.NaN, y: Number.NaN };
  const mean = (from: number, to: number): Point => {
    const some = marks.slice(from, to);
    return {
      x: some.reduce((sum, { x }) => sum + x, 0) / some.length,
      y: some.reduce((sum, { y }) => sum + y, 0) / some.length,
    };
  };
  const [right, left, mouth] = [mean(36, 42), mean(42, 48), mean(48, 68)];
  const middle = { x: (right.x + left.x) / 2, y: (right.y + left.y) / 2 };
  const eyes = Math.hypot(left.x - right.x, left.y - right.y);
  const axis = { x: (left.x - right.x) / eyes, y: (left.y - right.y) / eyes };
  // A head that is turned has its eyes close together; its height stays.
  const tall = Math.hypot(mouth.x - middle.x, mouth.y - middle.y) / 1.1;
  const at = (across: number, down: number): Point => ({
    x: middle.x + across * eyes * axis.x - down * tall * axis.y,
    y: middle.y + across * eyes * axis.y + down * tall * axis.x,
  });
  const of = ({ x, y }: Point): Point => ({
    x: ((x - middle.x) * axis.x + (y - middle.y) * axis.y) / eyes,
    y: ((y - middle.y) * axis.x - (x - middle.x) * axis.y) / tall,
  });
  const colour = (place: Point): Bgr => {
    const sums = [0, 0, 0];
    let count = 0;
    const reach = Math.max(1, Math.round(eyes * 0.12));
    for (let y = Math.round(place.y) - reach; y <= place.y + reach; y += 1)
      for (let x = Math.round(place.x) - reach; x <= place.x + reach; x += 1) {
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        for (let c = 0; c < 3; c += 1) sums[c] = (sums[c] ?? 0) + (data[(y * width + x) * 3 + c] ?? 0);
        count += 1;
      }
    const [b = 0, g = 0, r = 0] = sums.map((sum) => sum / Math.max(1, count));
    return [b, g, r];
  };
  const cheeks = [colour(at(-0.55, 0.55)), colour(at(0.55, 0.55))] as const;
  const [darker, lighter] = cheeks.map(([b, g, r]) => b + g + r + 30) as [number, number];
  const slope = Math.max(-0.45, Math.min(0.45, (lighter - darker) / (lighter + darker)));
  const skin = [0, 1, 2].map((c) => ((cheeks[0][c] ?? 0) + (cheeks[1][c] ?? 0)) / 2);
  return {
    at,
    of,
    mark,
    light: (across) => 1 + slope * Math.max(-1.2, Math.min(1.2, across)),
    skin: [skin[0] ?? 0, skin[1] ?? 0, skin[2] ?? 0],
    random: (index) => fraction(Math.sin((seed + 0.137) * 12_543.21 + index * 78.233) * 43_758.5453),
  };
}

const fraction = (value: number): number => value - Math.floor(value);

/** Colour of a pixel. @param across and @param down in the face's axes. */
type Paint = (across: number, down: number, x: number, y: number) => Bgr;

/** How much light falls onto cloth: skin of medium tone returns about this much of the red light. */
const SKIN_RETURNS = 190;

function clothPaint(face: DrawnFace, cloth: Bgr, folds: number): Paint {
  // A dark room makes cloth dark, too, and dark skin does not: so only half of the skin's darkness is taken for the light's.
  const bright = Math.sqrt(Math.max(0.05, Math.min(1.2, face.skin[2] / SKIN_RETURNS)));
  const pattern = patternOf(face);
  const [phase, slant, depth] = [face.random(1) * 6, face.random(2) * 2 - 1, 0.04 + 0.1 * face.random(3)];
  return (across, down, x, y) => {
    const fold = 1 + depth * Math.sin(phase + folds * (down * 2 + slant * across)) - 0.05 * down;
    const grain = 6 * (fraction(Math.sin(x * 12.9898 + y * 78.233 + phase) * 43_758.5453) - 0.5);
    const shade = bright * face.light(across) * fold * pattern(across, down);
    const [b, g, r] = cloth;
    return [b * shade + grain, g * shade + grain, r * shade + grain];
  };
}

/** One cloth in three is striped or checked. @returns by how much a place is darker, 0..1. */
function patternOf(face: DrawnFace): (across: number, down: number) => number {
  const [kind, width, depth] = [face.random(15), 4 + 10 * face.random(16), 0.3 + 0.5 * face.random(17)];
  if (kind > 0.33) return () => 1;
  return (across, down) => {
    const isStripe = Math.sin(across * width * (kind > 0.11 ? 1 : 0)) * Math.sin(down * width + 1) > 0;
    const isBand = Math.sin(down * width) > 0.2;
    return (kind > 0.11 ? isStripe : isBand) ? 1 - depth : 1;
  };
}

function drawMask(canvas: Canvas, face: DrawnFace, { covering, cloth }: DrawPlan): void {
  const { at, random } = face;
  const rise = 0.12 * (random(4) - 0.5);
  // The top edge across the nose, the sides along the cheeks, the lower edge below the chin.
  const chin = face.of(face.mark(8)).y;
  const outlines: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
    'mask-surgical': [
      [-1.02, 0.45],
      [-0.5, 0.36],
      [-0.16, 0.22],
      [0, 0.18],
      [0.16, 0.22],
      [0.5, 0.36],
      [1.02, 0.45],
      [0.98, 1.2],
      [0.62, chin - 0.1],
      [0.25, chin + 0.08],
      [-0.25, chin + 0.08],
      [-0.62, chin - 0.1],
      [-0.98, 1.2],
    ],
    'mask-cone': [
      [-0.85, 0.62],
      [-0.4, 0.35],
      [-0.14, 0.16],
      [0.14, 0.16],
      [0.4, 0.35],
      [0.85, 0.62],
      [0.86, 1.1],
      [0.55, chin],
      [0.2, chin + 0.2],
      [-0.2, chin + 0.2],
      [-0.55, chin],
      [-0.86, 1.1],
    ],
    'mask-below-nose': [
      [-0.9, 0.85],
      [-0.3, 0.92],
      [0, 0.94],
      [0.3, 0.92],
      [0.9, 0.85],
      [0.8, 1.3],
      [0.4, chin + 0.1],
      [-0.4, chin + 0.1],
      [-0.8, 1.3],
    ],
    'mask-cloth': [
      [-1.1, 0.3],
      [-0.6, 0.42],
      [-0.22, 0.34],
      [0, 0.3],
      [0.22, 0.34],
      [0.6, 0.42],
      [1.1, 0.3],
      [1.06, 1.0],
      [0.7, chin],
      [0.3, chin + 0.14],
      [-0.3, chin + 0.14],
      [-0.7, chin],
      [-1.06, 1.0],
    ],
  };
  const outline = (outlines[covering] ?? []).map(([x, y]) => at(x, y + rise));
  const cloths = clothPaint(face, cloth, 3);
  const paint: Paint = (across, down, x, y) => {
    const [b, g, r] = cloths(across, down, x, y);
    const by = maskRelief(covering, across, down);
    return [b * by, g * by, r * by];
  };
  for (const side of [-1, 1]) {
    const strap = [
      at(side * 0.98, 0.5 + rise),
      at(side * 1.3, 0.12),
      at(side * 1.3, 0.17),
      at(side * 0.98, 0.56 + rise),
    ];
    fill(canvas, strap, cloths);
  }
  fill(canvas, outline, paint);
}

/** Pleats of a surgical mask, the seam of a cone; the middle stands out and the sides fall away. */
function maskRelief(covering: Covered, across: number, down: number): number {
  const round = 1.05 - 0.3 * across * across;
  if (covering === 'mask-surgical') {
    const pleat = [0.75, 1.0, 1.25].some((place) => Math.abs(down - place + 0.04 * across) < 0.02);
    return round * (pleat ? 0.82 : 1);
  }
  if (covering === 'mask-cone')
    return round * (Math.abs(across) < 0.02 ? 0.8 : 1) * (across < 0 ? 0.95 : 1.03);
  return round;
}

function scarfOutline({ at, random, of, mark }: DrawnFace): readonly Point[] {
  const top = 0.35 + 0.25 * random(5);
  const low = of(mark(8)).y + 0.9;
  const wave = 0.12 * (random(6) - 0.5);
  return [
    at(-1.5, top - 0.1),
    at(-1.0, top - 0.05 + wave),
    at(-0.4, top + 0.03),
    at(0, top - 0.04 - wave),
    at(0.4, top + 0.03),
    at(1.0, top - 0.05 - wave),
    at(1.5, top - 0.1),
    at(1.7, low),
    at(-1.7, low),
  ];
}

/** Around the head. @param wide how far beside the face. */
function hoodOutline({ at, of, mark }: DrawnFace, wide: number): readonly Point[] {
  const low = of(mark(8)).y + 0.9;
  const side = 1.1 + wide / 2;
  return [
    at(-side - 0.3, low),
    at(-side, 0.3),
    at(-side + 0.1, -0.7),
    at(-0.7, -1.45),
    at(0, -1.65),
    at(0.7, -1.45),
    at(side - 0.1, -0.7),
    at(side, 0.3),
    at(side + 0.3, low),
  ];
}

/** The face itself, or a part of it: an ellipse that is left free. @param wider than the jaw, in eye distances. @param share of the height. */
function faceOutline({ at, of, mark }: DrawnFace, wider: number, share: number): readonly Point[] {
  const chin = of(mark(8)).y;
  const half = Math.min(1.25, (Math.abs(of(mark(2)).x) + Math.abs(of(mark(14)).x)) / 2) + wider;
  const [top, bottom] = share < 1 ? [-0.45, share] : [-0.95, chin + 0.04];
  const middle = (top + bottom) / 2;
  return Array.from({ length: 24 }, (_, index) => {
    const angle = (index / 24) * 2 * Math.PI;
    return at(half * Math.cos(angle), middle + ((bottom - top) / 2) * Math.sin(angle));
  });
}

function belowChin({ at, of, mark }: DrawnFace): readonly Point[] {
  const chin = of(mark(8)).y;
  return [
    at(-0.8, chin - 0.12),
    at(-0.4, chin + 0.06),
    at(0, chin + 0.1),
    at(0.4, chin + 0.06),
    at(0.8, chin - 0.12),
    at(0.75, chin + 0.35),
    at(0, chin + 0.6),
    at(-0.75, chin + 0.35),
  ];
}

function drawHand(canvas: Canvas, face: DrawnFace): void {
  const { at, random, skin } = face;
  const [lean, height] = [0.5 * (random(8) - 0.5), 0.9 + 0.25 * random(9)];
  const tone = 0.82 + 0.3 * random(10);
  const paint: Paint = (across, down, x, y) => {
    const grain = 5 * (fraction(Math.sin(x * 12.9898 + y * 78.233) * 43_758.5453) - 0.5);
    const shade = tone * face.light(across) * (1 - 0.06 * (down - 1));
    return [skin[0] * shade + grain, skin[1] * shade + grain, skin[2] * shade + grain];
  };
  const shadow: Paint = (across, down, x, y) => {
    const [b, g, r] = paint(across, down, x, y);
    return [b * 0.6, g * 0.6, r * 0.62];
  };
  const side = random(11) > 0.5 ? 1 : -1;
  const turned = (x: number, y: number): Point =>
    at(
      side * (x * Math.cos(lean) - (y - height) * Math.sin(lean)),
      height + x * Math.sin(lean) + (y - height) * Math.cos(lean),
    );
  // Back of the hand from the side, four fingers across the mouth.
  fill(canvas, ellipse(turned, { x: 0.75, y: height + 0.15 }, { x: 0.55, y: 0.5 }), paint);
  for (let finger = 0; finger < 4; finger += 1) {
    const y = height - 0.32 + finger * 0.22;
    const tip = -0.62 + 0.12 * Math.abs(finger - 1.3);
    fill(canvas, fingerOutline(turned, tip - 0.02, y, 0.125), shadow);
    fill(canvas, fingerOutline(turned, tip, y, 0.105), paint);
  }
}

type Placed = (x: number, y: number) => Point;

const ellipse = (at: Placed, middle: Point, radius: Point): readonly Point[] =>
  Array.from({ length: 24 }, (_, index) => {
    const angle = (index / 24) * 2 * Math.PI;
    return at(middle.x + radius.x * Math.cos(angle), middle.y + radius.y * Math.sin(angle));
  });

/** A finger from its round tip to the hand. */
const fingerOutline = (at: Placed, tip: number, y: number, half: number): readonly Point[] => [
  at(0.8, y - half),
  at(tip + half, y - half),
  at(tip + 0.03, y - half * 0.6),
  at(tip, y),
  at(tip + 0.03, y + half * 0.6),
  at(tip + half, y + half),
  at(0.8, y + half),
];

interface Glasses {
  readonly round: boolean;
  /** How much of the light a lens takes, 0..1. */
  readonly dark: number;
  readonly cloth: Bgr;
}

function drawGlasses(canvas: Canvas, face: DrawnFace, { round, dark, cloth }: Glasses): void {
  const { at, random, light } = face;
  const radius = { x: 0.4 + 0.06 * random(12), y: (round ? 0.36 : 0.29) + 0.06 * random(13) };
  const [tint, shine] = [cloth.map((value) => 18 + value * 0.1), random(14)];
  const frame: Paint = (across) => {
    const by = 30 * light(across);
    return [by, by, by + 4];
  };
  for (const side of [-1, 1]) {
    const middle = { x: side * 0.5, y: 0.06 };
    const outline = (grow: number): readonly Point[] =>
      round
        ? ellipse(at, middle, { x: radius.x + grow, y: radius.y + grow })
        : box(at, middle, { x: radius.x + grow, y: radius.y + grow });
    fill(canvas, outline(0.05), frame, outline(0));
    const lens: Paint = (across, down) => {
      const glint =
        Math.max(0, 1 - Math.abs(across - middle.x - 0.2 * side + down * 0.4 - 0.1) * 9) * 90 * shine;
      const fade = 1 + 1.2 * Math.max(0, down - 0.05);
      const [b = 0, g = 0, r = 0] = tint.map((value) => value * fade + glint);
      return [b, g, r];
    };
    fill(canvas, outline(0), lens, undefined, dark);
    fill(
      canvas,
      [at(side * 0.9, -0.06), at(side * 1.3, -0.1), at(side * 1.3, -0.04), at(side * 0.9, 0.02)],
      frame,
    );
  }
  fill(canvas, [at(-0.14, -0.06), at(0.14, -0.06), at(0.14, 0), at(-0.14, 0)], frame);
}

/** A rectangle with cut corners, narrower below. */
const box = (at: Placed, { x, y }: Point, radius: Point): readonly Point[] =>
  (
    [
      [-1, -0.7],
      [-0.8, -1],
      [0.8, -1],
      [1, -0.7],
      [0.92, 0.5],
      [0.6, 1],
      [-0.6, 1],
      [-0.92, 0.5],
    ] as const
  ).map(([across, down]) => at(x + across * radius.x, y + down * radius.y));

/** Sub-steps of a pixel along each axis: its edge is mixed by as many shares. */
const STEPS = 3;

/** @param free left as it is. @param share of the paint that is laid over, 0..1. */
function fill(
  canvas: Canvas,
  outline: readonly Point[],
  paint: Paint,
  free?: readonly Point[],
  share = 1,
): void {
  const { width, height, data } = canvas;
  const xs = outline.map(({ x }) => x);
  const ys = outline.map(({ y }) => y);
  for (let y = Math.max(0, Math.floor(Math.min(...ys))); y <= Math.min(height - 1, Math.max(...ys)); y += 1)
    for (
      let x = Math.max(0, Math.floor(Math.min(...xs)));
      x <= Math.min(width - 1, Math.max(...xs));
      x += 1
    ) {
      const cover = share * coverage(outline, free, x, y);
      if (cover === 0) continue;
      const { x: across, y: down } = canvas.of({ x, y });
      const colour = paint(across, down, x, y);
      for (let c = 0; c < 3; c += 1) {
        const index = (y * width + x) * 3 + c;
        const mixed = (1 - cover) * (data[index] ?? 0) + cover * (colour[c] ?? 0);
        data[index] = Math.max(0, Math.min(255, Math.round(mixed)));
      }
    }
}

/** Share of a pixel that lies in the outline and not in what is left free. */
function coverage(
  outline: readonly Point[],
  free: readonly Point[] | undefined,
  x: number,
  y: number,
): number {
  let inside = 0;
  for (let row = 0; row < STEPS; row += 1)
    for (let column = 0; column < STEPS; column += 1) {
      const point = { x: x + (column + 0.5) / STEPS - 0.5, y: y + (row + 0.5) / STEPS - 0.5 };
      if (isInside(outline, point) && !(free !== undefined && isInside(free, point))) inside += 1;
    }
  return inside / (STEPS * STEPS);
}

/** By how often a ray to the right crosses the outline. */
function isInside(outline: readonly Point[], { x, y }: Point): boolean {
  let inside = false;
  for (const [index, a] of outline.entries()) {
    const b = outline[(index + 1) % outline.length] ?? a;
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}
