/**
 * Decodes HEIC by libheif, compiled to WebAssembly: what its parsers do wrong stays within its own memory, inside the sandbox.
 *
 * Each photograph has an instance of its own, so that nothing of one file is there for the next, and its memory is given back.
 */
import { createRequire } from 'node:module';
import { TwinstileError } from '../../base/errors.js';
import { lazily } from '../../base/lazily.js';
import { readPlainFileSync } from '../../platform/plain-file.js';

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

/** Memory of WebAssembly, in pages of 64 KiB. */
interface WasmMemory {
  readonly buffer: { readonly byteLength: number };
  /** @throws RangeError for more than there is. */
  grow: (pages: number) => number;
}

interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

/** Node's types declare no part of it that makes something. */
const wasm = (
  globalThis as unknown as {
    readonly WebAssembly: {
      readonly Module: new (bytes: Uint8Array) => object;
      readonly Instance: new (code: object, imports: object) => WasmInstance;
      readonly Memory: new (limits: { readonly initial: number }) => WasmMemory;
    };
  }
).WebAssembly;

/** Emscripten's factory asks for an instance of the compiled code. */
type HeifFactory = (options: {
  readonly instantiateWasm: (imports: object, receive: (instance: WasmInstance) => unknown) => unknown;
}) => LibHeif;

/** Of the compiled code, in bytes: 1.4 MB in 1.23.2. */
const MAX_CODE = 16 * 1024 * 1024;
/** In bytes, for one photograph: 50 megapixels take 420 MB. A file that claims more in its codec than in its head ends here. */
const MAX_MEMORY = 768 * 1024 * 1024;
const PAGE = 65_536;

/** Compiled with the first such photograph. */
const library = lazily((): { readonly factory: HeifFactory; readonly code: object } => {
  try {
    const require = createRequire(import.meta.url);
    const file = require.resolve('libheif-js/libheif-wasm/libheif.wasm');
    const bytes = new Uint8Array(readPlainFileSync(file, { maxBytes: MAX_CODE }));
    const factory = require('libheif-js/libheif-wasm/libheif.js') as HeifFactory;
    return { factory, code: new wasm.Module(bytes) };
  } catch (cause) {
    throw new TwinstileError({
      code: 'setup-incomplete',
      message: 'The decoder of HEIC cannot be loaded.',
      hint: 'Run ./scripts/setup in the project folder.',
      cause,
    });
  }
});

function makeInstance(): LibHeif {
  const { factory, code } = library();
  return factory({
    instantiateWasm: (imports, receive) => {
      const instance = new wasm.Instance(code, imports);
      for (const exported of Object.values(instance.exports))
        if (exported instanceof wasm.Memory) limitGrowth(exported);
      return receive(instance);
    },
  });
}

/** Keeps a decoder to its memory: by itself it would take up to 2 GB. To the code it looks like a machine that has no more. */
export function limitGrowth(memory: WasmMemory): void {
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * PAGE <= MAX_MEMORY) return grow(pages);
    throw new RangeError(`Expected at most ${MAX_MEMORY} bytes, got more.`);
  };
}

/**
 * Decodes the primary picture as it is to be shown: `irot` and `imir` are applied, more than eight bits become eight.
 * @returns undefined for what is damaged, or of a codec that is not HEVC. @throws TwinstileError 'setup-incomplete'.
 */
export function decodeHeif(bytes: Uint8Array): Pixels | undefined {
  const heif = makeInstance();
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
