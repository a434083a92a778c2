/** Networks run by ONNX Runtime, on the execution provider that was asked for or not at all. */
import { readFile } from 'node:fs/promises';
import { explain, TwinstileError } from '../../base/errors.js';
import type { LoadNetwork, Network } from '../ports/network.js';
import { takingPictures, withPlainPrelu } from './graph-edits.js';
import ort from './onnx-runtime.js';

/** Errors only: warnings about unused weights do not help an operator. */
const LOG_ERRORS = 3;

/** Loads a model of which every byte was checked before; `run` blocks the event loop while it works. */
export const loadNetwork: LoadNetwork = async (file, { threads, provider, picture }) => {
  refuseMissing(provider);
  const session = await failing(`to load ${file} on '${provider}'`, async () => {
    const bytes = await readFile(file);
    const model = picture === undefined ? bytes : takingPictures(bytes, picture);
    if (model === undefined) throw new Error('its input is no picture');
    return ort.InferenceSession.create(withPlainPrelu(model), {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // The arena without memory patterns: of the four ways the one whose memory does not grow from run to run
      // (measured: 250 MB after 300 runs, where patterns without the arena took 1.3 GB), at the same speed.
      enableCpuMemArena: true,
      enableMemPattern: false,
      logSeverityLevel: LOG_ERRORS,
      // Threads that spin between two runs would take the other core from the decoder.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  });
  return networkOf(session, file, provider);
};

function networkOf(session: ort.InferenceSession, file: string, provider: string): Network {
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    provider,
    run: (feeds) =>
      failing(`${file} to run`, async () => {
        const fed = Object.entries(feeds).map(([name, { type, data, shape }]) => [
          name,
          type === 'uint8' ? new ort.Tensor(type, data, shape) : new ort.Tensor(type, data, shape),
        ]);
        const outputs = await session.run(Object.fromEntries(fed));
        return Object.fromEntries(
          Object.entries(outputs).map(([name, { data, dims }]) => {
            if (!(data instanceof Float32Array)) throw new Error(`output ${name} is not float32`);
            return [name, { data, shape: dims }];
          }),
        );
      }),
    close: () => session.release(),
  };
}

/** ONNX Runtime itself ignores names it does not know, and would quietly take the CPU. */
function refuseMissing(provider: string): void {
  const there = ort.listSupportedBackends().map(({ name }) => name);
  if (there.includes(provider)) return;
  throw new TwinstileError({
    code: 'model-failed',
    message: `Expected one of the execution providers ${there.join(', ')}, got '${provider}'.`,
    hint: `Set models.provider to one of them, or install an ONNX Runtime that has '${provider}'.`,
  });
}

async function failing<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new TwinstileError({
      code: 'model-failed',
      message: `Expected ${what}, got: ${explain(cause)}.`,
      hint: 'Check the pack with: twinstile models verify. If it is whole, check models.provider.',
      cause,
    });
  }
}

/** The library's own answer, "1.30.0". */
export const onnxRuntimeVersion = (): string => ort.env.versions.node ?? 'unknown';
