/**
 * Decodes HEIC by libheif, compiled to WebAssembly: what its parsers do wrong stays within its own memory, inside the sandbox.
 *
 * Each photograph has an instance of its own, so that nothing of one file is there for the next, and its memory is given back.
 */
import { createRequire } from 'node:module';
import { TwinstileError } from '../../base/errors.js';
import { lazily } from '../../base/lazily.js';

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** rgb8, HWC, without gaps. */
  readonly rgb: Buffer;
}

interface HeifError {
  readonly code: unknown;
  readonly message?: string;
}

interface DecodedImage {
  readonly image: unknown;
  readonly channels: readonly {
    readonly id: unknown;
    readonly width: number;
    readonly height: number;
    readonly stride: number;
    readonly data: Uint8Array;
  }[];
}

/** What is used of libheif: names of its C interface. */
interface LibHeif {
  readonly heif_error_code: { readonly heif_error_Ok: unknown };
  readonly heif_colorspace: { readonly heif_colorspace_RGB: unknown };
  readonly heif_chroma: { readonly heif_chroma_interleaved_RGB: unknown };
  readonly heif_channel: { readonly heif_channel_interleaved: unknown };
  heif_context_alloc(): unknown;
  heif_context_read_from_memory(context: unknown, bytes: Uint8Array): HeifError;
  heif_js_context_get_primary_image_handle(context: unknown): object | HeifError;
  heif_js_decode_image2(handle: unknown, colorspace: unknown, chroma: unknown): DecodedImage | HeifError;
}

/** Loaded with the first such photograph: it is 2 MB. */
const makeInstance = lazily((): (() => LibHeif) => {
  try {
    return createRequire(import.meta.url)('libheif-js/libheif-wasm/libheif-bundle.js') as () => LibHeif;
  } catch (cause) {
    throw new TwinstileError({
      code: 'setup-incomplete',
      message: 'The decoder of HEIC cannot be loaded.',
      hint: 'Run ./scripts/setup in the project folder.',
      cause,
    });
  }
});

/**
 * Decodes the primary picture as it is to be shown: `irot` and `imir` are applied, more than eight bits become eight.
 * @returns undefined for what is damaged, or of a codec that is not HEVC. @throws TwinstileError 'setup-incomplete'.
 */
export function decodeHeif(bytes: Uint8Array): Pixels | undefined {
  const heif = makeInstance()();
  try {
    const context = heif.heif_context_alloc();
    const read = heif.heif_context_read_from_memory(context, bytes);
    if (read.code !== heif.heif_error_code.heif_error_Ok) return undefined;
    const handle = heif.heif_js_context_get_primary_image_handle(context);
    if (isError(handle)) return undefined;
    const decoded = heif.heif_js_decode_image2(
      handle,
      heif.heif_colorspace.heif_colorspace_RGB,
      heif.heif_chroma.heif_chroma_interleaved_RGB,
    );
    return isError(decoded) ? undefined : pixelsOf(decoded, heif);
  } catch {
    // It reports a memory that is full, and what no one has thought of, by an exception of WebAssembly.
    return undefined;
  }
}

const isError = (value: object | undefined | null): value is HeifError =>
  value === undefined || value === null || ('code' in value && value.code !== undefined);

function pixelsOf({ channels }: DecodedImage, heif: LibHeif): Pixels | undefined {
  const whole = channels.find(({ id }) => id === heif.heif_channel.heif_channel_interleaved);
  if (whole === undefined) return undefined;
  const { width, height, stride, data } = whole;
  const row = width * 3;
  if (!(width > 0 && height > 0 && stride >= row && data.length >= stride * (height - 1) + row))
    return undefined;
  const rgb = Buffer.allocUnsafe(row * height);
  for (let y = 0; y < height; y += 1) rgb.set(data.subarray(y * stride, y * stride + row), y * row);
  return { width, height, rgb };
}
