import type { PhotoEncoder } from '../../vision/ports/vision.js';

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
