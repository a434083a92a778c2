/** Runs the encoder's self-test between two frames: encodes drawn faces, so that core detects a drift of its vectors. */
import { type Millis, type Monotonic, millis, monotonic } from '../../base/units.js';
import type { SelfTestVectors } from '../../biometrics/encoder-self-test.js';
import { type Chip, encodeChips } from './encode-faces.js';
import type { Models } from './load-models.js';

export interface EncoderSelfTest {
  /** To be called between frames. Does nothing most of the time; else takes as long as two encodings. */
  runIfDue(now: Monotonic): Promise<void>;
}

interface Settings {
  readonly models: Models;
  readonly onVectors: (vectors: SelfTestVectors) => void;
  /** Absent: a minute. */
  readonly every?: Millis;
}

const EVERY = millis(60_000);
/** The second time comes at once: it confirms the first. */
const AT_ONCE = 2;

/** `runIfDue` @throws TwinstileError 'model-failed'. */
export function createEncoderSelfTest({ models, onVectors, every = EVERY }: Settings): EncoderSelfTest {
  const { width, height } = models.card.encoder;
  const drawn = drawSelfTestFaces(width, height);
  let runs = 0;
  let next = monotonic(Number.NEGATIVE_INFINITY);
  return {
    async runIfDue(now) {
      while (runs < AT_ONCE || now >= next) {
        const [face, other] = await encodeChips([drawn.face, drawn.other], models);
        runs += 1;
        next = monotonic(now + every);
        if (face !== undefined && other !== undefined) onVectors({ face, other });
      }
    },
  };
}

/** Places and sizes as shares of the chip, colours as [blue, green, red]. */
interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly across: number;
  readonly down: number;
  readonly colour: readonly [number, number, number];
}

const BACKGROUND = [150, 160, 165] as const;
const SKIN = [128, 160, 208] as const;
const HAIR = [24, 32, 48] as const;
const LIPS = [84, 84, 164] as const;

const face = (eyes: number, mouth: number): readonly Ellipse[] => [
  { x: 0.5, y: 0.42, across: 0.46, down: 0.52, colour: HAIR },
  { x: 0.5, y: 0.55, across: 0.37, down: 0.46, colour: SKIN },
  ...[-1, 1].flatMap((side): Ellipse[] => [
    { x: 0.5 + side * eyes, y: 0.36, across: 0.09, down: 0.018, colour: HAIR },
    { x: 0.5 + side * eyes, y: 0.45, across: 0.075, down: 0.04, colour: [236, 238, 240] },
    { x: 0.5 + side * eyes, y: 0.45, across: 0.032, down: 0.036, colour: HAIR },
  ]),
  { x: 0.5, y: 0.63, across: 0.05, down: 0.09, colour: [104, 136, 184] },
  { x: 0.5, y: 0.8, across: mouth, down: 0.04, colour: LIPS },
];

interface SelfTestFaces {
  readonly face: Chip;
  readonly other: Chip;
}

/**
 * Draws the synthetic faces of the encoder self-test: of no person, and the same in every process.
 * @returns two unlike faces, bgr8 HWC of height x width each.
 */
export function drawSelfTestFaces(width: number, height: number): SelfTestFaces {
  return { face: draw(face(0.17, 0.14), width, height, 1), other: draw(face(0.22, 0.2), width, height, -1) };
}

/** @param light which side the light comes from, -1..1. */
function draw(shapes: readonly Ellipse[], width: number, height: number, light: number): Chip {
  const pixels = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1) {
      const [x, y] = [(column + 0.5) / width, (row + 0.5) / height];
      const on = shapes.findLast(
        (one) => ((x - one.x) / one.across) ** 2 + ((y - one.y) / one.down) ** 2 <= 1,
      );
      const shade = 1 + light * 0.25 * (x - 0.5);
      const colour = on?.colour ?? BACKGROUND;
      for (const [channel, value] of colour.entries())
        pixels[(row * width + column) * 3 + channel] = Math.min(255, Math.round(value * shade));
    }
  return pixels;
}
