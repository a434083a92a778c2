/**
 * face-api's layers, written down once more from its source (1.7.15) as naive loops over [height, width, channels], with
 * nothing folded: what the ONNX networks are held against.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** [height, width, channels], row-major. */
export interface Map3 {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float64Array;
}
export interface Filter {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}
type Padding = 'same' | 'valid';

const home = path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));

interface ManifestEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly quantization?: { readonly scale: number; readonly min: number };
}

export function filtersOf(model: string): (name: string) => Filter {
  const manifest = JSON.parse(
    readFileSync(path.join(home, 'model', `${model}-weights_manifest.json`), 'utf8'),
  ) as readonly { readonly weights: readonly ManifestEntry[] }[];
  const bytes = readFileSync(path.join(home, 'model', `${model}.bin`));
  const filters = new Map<string, Filter>();
  let at = 0;
  for (const { name, shape, quantization } of manifest.flatMap(({ weights }) => weights)) {
    const values = new Float64Array(shape.reduce((a, b) => a * b, 1));
    for (let i = 0; i < values.length; i += 1)
      values[i] = quantization
        ? (bytes[at + i] ?? Number.NaN) * quantization.scale + quantization.min
        : bytes.readFloatLE(at + 4 * i);
    at += values.length * (quantization ? 1 : 4);
    filters.set(name, { shape, values });
  }
  return (name) => {
    const filter = filters.get(name);
    if (filter === undefined) throw new Error(`no weight ${name}`);
    return filter;
  };
}

/** Pixels 0..255 that look the same in every run. */
export function noise(height: number, width: number): Map3 {
  let state = 7;
  const data = Float64Array.from({ length: height * width * 3 }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * 256);
  });
  return { height, width, channels: 3, data };
}

export const normalised = (x: Map3, mean: readonly number[], scale: number): Map3 => ({
  ...x,
  data: x.data.map((value, i) => (value - (mean[i % 3] ?? Number.NaN)) / scale),
});

/** TensorFlow's rule: size of the output and padding before the first pixel. */
function span(size: number, window: number, stride: number, padding: Padding) {
  if (padding === 'valid') return { out: Math.floor((size - window) / stride) + 1, before: 0 };
  const out = Math.ceil(size / stride);
  return { out, before: Math.floor(Math.max(0, (out - 1) * stride + window - size) / 2) };
}

/** Calls `visit` for each output pixel and each input pixel inside its window. */
function slide(
  x: Map3,
  window: readonly [number, number],
  stride: number,
  padding: Padding,
  channels: number,
  visit: (out: Float64Array, to: number, from: number, tap: number) => void,
  start = 0,
): Map3 {
  const rows = span(x.height, window[0], stride, padding);
  const columns = span(x.width, window[1], stride, padding);
  const data = new Float64Array(rows.out * columns.out * channels).fill(start);
  for (let r = 0; r < rows.out; r += 1)
    for (let c = 0; c < columns.out; c += 1)
      for (let i = 0; i < window[0]; i += 1)
        for (let j = 0; j < window[1]; j += 1) {
          const y = r * stride - rows.before + i;
          const z = c * stride - columns.before + j;
          if (y < 0 || z < 0 || y >= x.height || z >= x.width) continue;
          visit(data, (r * columns.out + c) * channels, (y * x.width + z) * x.channels, i * window[1] + j);
        }
  return { height: rows.out, width: columns.out, channels, data };
}

export function conv(x: Map3, { shape, values }: Filter, stride: number, padding: Padding): Map3 {
  const [h = 0, w = 0, inputs = 0, outputs = 0] = shape;
  return slide(x, [h, w], stride, padding, outputs, (out, to, from, tap) => {
    for (let i = 0; i < inputs; i += 1) {
      const pixel = x.data[from + i] as number;
      const row = (tap * inputs + i) * outputs;
      for (let o = 0; o < outputs; o += 1)
        out[to + o] = (out[to + o] as number) + pixel * (values[row + o] as number);
    }
  });
}

export function depthwise(x: Map3, { shape, values }: Filter, stride: number): Map3 {
  const [h = 0, w = 0] = shape;
  return slide(x, [h, w], stride, 'same', x.channels, (out, to, from, tap) => {
    for (let i = 0; i < x.channels; i += 1)
      out[to + i] =
        (out[to + i] as number) + (x.data[from + i] as number) * (values[tap * x.channels + i] as number);
  });
}

export function maxPool(x: Map3, size: number, stride: number, padding: Padding): Map3 {
  const visit = (out: Float64Array, to: number, from: number): void => {
    for (let i = 0; i < x.channels; i += 1)
      out[to + i] = Math.max(out[to + i] as number, x.data[from + i] as number);
  };
  return slide(x, [size, size], stride, padding, x.channels, visit, Number.NEGATIVE_INFINITY);
}

export function averagePool(x: Map3, size: number, stride: number): Map3 {
  return slide(x, [size, size], stride, 'valid', x.channels, (out, to, from) => {
    for (let i = 0; i < x.channels; i += 1)
      out[to + i] = (out[to + i] as number) + (x.data[from + i] as number) / size ** 2;
  });
}

const perChannel = (x: Map3, { values }: Filter, of: (value: number, weight: number) => number): Map3 => ({
  ...x,
  data: x.data.map((value, i) => of(value, values[i % x.channels] as number)),
});
export const plus = (x: Map3, bias: Filter): Map3 => perChannel(x, bias, (value, b) => value + b);
export const times = (x: Map3, factor: Filter): Map3 => perChannel(x, factor, (value, f) => value * f);
export const relu = (x: Map3): Map3 => ({ ...x, data: x.data.map((value) => Math.max(0, value)) });
export const leaky = (x: Map3): Map3 => ({ ...x, data: x.data.map((value) => Math.max(0.1 * value, value)) });
export const sum = (a: Map3, ...more: readonly Map3[]): Map3 => ({
  ...a,
  data: a.data.map((value, i) => more.reduce((total, { data }) => total + (data[i] ?? Number.NaN), value)),
});

/** Zeros at the right and bottom and behind the last channel, up to the given size. */
export function grown(x: Map3, { height, width, channels }: Omit<Map3, 'data'>): Map3 {
  const data = new Float64Array(height * width * channels);
  for (let y = 0; y < x.height; y += 1)
    for (let z = 0; z < x.width; z += 1)
      for (let c = 0; c < x.channels; c += 1)
        data[(y * width + z) * channels + c] = x.data[(y * x.width + z) * x.channels + c] as number;
  return { height, width, channels, data };
}

/** Vector times matrix [in, out]. */
export function dense(x: Float64Array, { shape, values }: Filter): Float64Array {
  const [inputs = 0, outputs = 0] = shape;
  return Float64Array.from({ length: outputs }, (_, o) => {
    let total = 0;
    for (let i = 0; i < inputs; i += 1) total += (x[i] as number) * (values[i * outputs + o] as number);
    return total;
  });
}

/** [height, width, channels] -> the numbers in NCHW's order. */
export function planar({ height, width, channels, data }: Map3): Float32Array {
  const cells = height * width;
  return Float32Array.from(
    { length: data.length },
    (_, i) => data[(i % cells) * channels + Math.floor(i / cells)] as number,
  );
}
