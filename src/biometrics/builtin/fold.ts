/** What becomes of TensorFlow's filters, of scale layers and of input normalisation in ONNX's convolutions? */
import type { Weight } from './weights.js';

/** A convolution's weights in ONNX's order: filters [out, in, height, width], one bias per output channel. */
export interface Kernel {
  readonly shape: readonly [out: number, inputs: number, height: number, width: number];
  readonly values: Float64Array;
  readonly bias: Float64Array | undefined;
}

const at = (values: Float64Array, index: number): number => values[index] ?? Number.NaN;

/** [height, width, in, out] -> [out, in, height, width]. */
export function kernelOf({ shape, values }: Weight, bias?: Weight): Kernel {
  const [height = 0, width = 0, inputs = 0, out = 0] = shape;
  const area = height * width;
  const turned = new Float64Array(values.length);
  for (let place = 0; place < area; place += 1)
    for (let input = 0; input < inputs; input += 1)
      for (let o = 0; o < out; o += 1)
        turned[(o * inputs + input) * area + place] = at(values, (place * inputs + input) * out + o);
  return { shape: [out, inputs, height, width], values: turned, bias: bias?.values };
}

/** [height, width, channels, 1] -> [channels, 1, height, width]: one filter for each channel, so group = channels. */
export function depthwiseKernelOf({ shape, values }: Weight): Kernel {
  const [height = 0, width = 0, channels = 0] = shape;
  return kernelOf({ shape: [height, width, 1, channels], values });
}

/** A scale layer behind the convolution: (conv + bias) · factors + offsets, per output channel. */
export function scaledKernel(
  kernel: Kernel,
  { values: factors }: Weight,
  { values: offsets }: Weight,
): Kernel {
  const perFilter = kernel.values.length / kernel.shape[0];
  return {
    ...kernel,
    values: kernel.values.map((value, index) => value * at(factors, Math.floor(index / perFilter))),
    bias: factors.map(
      (factor, o) => (kernel.bias === undefined ? 0 : at(kernel.bias, o)) * factor + at(offsets, o),
    ),
  };
}

/**
 * Input normalisation before the convolution: (pixel - mean) / scale, per input channel. Exact only where no padding
 * touches the border: a padded 0 would have to mean the mean.
 */
export function takingPixels(kernel: Kernel, mean: readonly number[], scale: number): Kernel {
  const [out, inputs, height, width] = kernel.shape;
  const area = height * width;
  const bias = Float64Array.from({ length: out }, (_, o) =>
    kernel.bias === undefined ? 0 : at(kernel.bias, o),
  );
  const values = kernel.values.map((value, index) => {
    const o = Math.floor(index / (inputs * area));
    const input = Math.floor(index / area) % inputs;
    bias[o] = at(bias, o) - (value * (mean[input] ?? Number.NaN)) / scale;
    return value / scale;
  });
  return { ...kernel, values, bias };
}
