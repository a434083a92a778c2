/** Classifies the skin tone of a face in a picture, for rates by group. */
import { QUALITY_CHIP } from '../../vision/pipeline/assess-quality.js';

export interface SkinTone {
  /** Individual typology angle of the cheeks in degrees, -90..90: higher is lighter (Chardon, Cretois and Hourseau 1991). */
  readonly angle: number;
  /** Lightness L* of the cheeks, 0..100. */
  readonly lightness: number;
}

/** Of the angle in degrees: each group reaches from its own bound to the next one's. Del Bino and Bernerd 2013; the two lightest are one. */
const TONE_BOUNDS = [
  ['light', 41],
  ['intermediate', 28],
  ['tan', 10],
  ['brown', -30],
  ['dark', -90],
] as const;

export type ToneGroup = (typeof TONE_BOUNDS)[number][0];
/** From the lightest to the darkest. */
export const TONE_GROUPS: readonly ToneGroup[] = TONE_BOUNDS.map(([name]) => name);

/** The group of an angle; the darkest for one that is no number. */
export const toneGroupOf = ({ angle }: SkinTone): ToneGroup =>
  TONE_BOUNDS.find(([, from]) => angle > from)?.[0] ?? 'dark';

/** Two squares between eyes and mouth corners, left and right of the nose, in pixels of the quality chip. */
const CHEEKS = [
  { left: 17, top: 38 },
  { left: 39, top: 38 },
] as const;
const CHEEK_SIDE = 8;

/**
 * Measures the skin tone on the cheeks of an aligned face chip: the median of each channel, as CIE L*a*b* under D65.
 *
 * Light and skin are not separated: a face in shadow counts as darker than the same face in the sun.
 * @param chip bgr8 HWC of the quality chip's side.
 */
export function skinToneOf(chip: Uint8Array): SkinTone {
  const [blue, green, red] = [0, 1, 2].map((channel) => medianOf(cheekValues(chip, channel)));
  const { lightness, yellow } = labOf(blue ?? 0, green ?? 0, red ?? 0);
  return { angle: (Math.atan2(lightness - 50, yellow) * 180) / Math.PI, lightness };
}

function cheekValues(chip: Uint8Array, channel: number): readonly number[] {
  const values: number[] = [];
  for (const { left, top } of CHEEKS)
    for (let y = top; y < top + CHEEK_SIDE; y += 1)
      for (let x = left; x < left + CHEEK_SIDE; x += 1)
        values.push(chip[(y * QUALITY_CHIP.side + x) * 3 + channel] ?? 0);
  return values;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.floor(half - 0.5)] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
}

/** sRGB (IEC 61966-2-1) to CIE L*a*b* with white D65; a* is not needed. */
function labOf(blue: number, green: number, red: number): { lightness: number; yellow: number } {
  const [b, g, r] = [linear(blue), linear(green), linear(red)];
  const luminance = root(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const short = root((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  return { lightness: 116 * luminance - 16, yellow: 200 * (luminance - short) };
}

function linear(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

const root = (value: number): number => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116);
