/** Starts vision processes for photographs, with their pack. */
import { TwinstileError } from '../../base/errors.js';
import type { Millis } from '../../base/units.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import {
  type PhotoEncoder,
  type PhotoEncoderOptions,
  photoEncoderSettings,
} from '../../vision/ports/vision.js';
import { startPhotoEncoder } from '../../vision/process/photo-encoder.js';
import { alsoShowing, type SandboxPolicy } from './sandbox-policy.js';
import { visionStart } from './vision-process.js';

export interface EncoderOptions extends PhotoEncoderOptions {
  /** Parallel processes, 1 or more. */
  readonly workers?: number;
  /** Time limit for one photograph; 30 s when absent. Its process is ended then. */
  readonly answerLimit?: Millis;
  /** Receives the output of the process. */
  readonly onLine?: (line: string) => void;
  /** Sandbox of the processes; absent: they have the rights of this user. */
  readonly reach?: SandboxPolicy;
}

export interface OpenEncoder {
  readonly encoder: PhotoEncoder;
  readonly card: ModelCard;
}

const KEPT_LINES = 12;

/** @throws TwinstileError of the pack store and of the photo encoder. */
export async function openPhotoEncoder(options: EncoderOptions): Promise<OpenEncoder> {
  const { packFolder } = options;
  const { card } = await openPacks(packFolder).open(options.pack);
  const lastWords: string[] = [];
  const onLine = (line: string): void => {
    lastWords.push(line);
    if (lastWords.length > KEPT_LINES) lastWords.shift();
    options.onLine?.(line);
  };
  const start = visionStart({
    dimension: card.encoder.dimension,
    onLine,
    reach: options.reach === undefined ? undefined : alsoShowing(options.reach, packFolder),
  });
  const setup = photoEncoderSettings(options);
  const limits = { answer: options.answerLimit };
  const workers = Array.from({ length: options.workers ?? 1 }, () =>
    startPhotoEncoder({ ...start, setup, limits }),
  );
  try {
    return { encoder: poolOf(await Promise.all(workers)), card };
  } catch (error) {
    // A user at a terminal has no log to read.
    if (!(error instanceof TwinstileError) || error.code !== 'vision-failed') throw error;
    throw new TwinstileError({
      code: error.code,
      message: error.message,
      hint: lastWords.length === 0 ? 'It wrote nothing.' : `It wrote:\n${lastWords.join('\n')}`,
      cause: error,
    });
  }
}

/** Several encoders as one: each photograph goes to the one with the least to do. @param encoders one or more. */
export function poolOf(encoders: readonly PhotoEncoder[]): PhotoEncoder {
  const workers = encoders.map((encoder) => ({ encoder, busy: 0 }));
  return {
    async encode(photo) {
      const worker = workers.reduce((least, each) => (each.busy < least.busy ? each : least));
      worker.busy += 1;
      try {
        return await worker.encoder.encode(photo);
      } finally {
        worker.busy -= 1;
      }
    },
    async close() {
      await Promise.all(encoders.map((encoder) => encoder.close()));
    },
  };
}
