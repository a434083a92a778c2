/** A vision process for the photographs in passes: started when the first one comes, and again after it died. */
import type { PhotoEncoder, PhotoResult } from '../ports/vision.js';

export interface PassEncoder {
  encode(jpeg: Uint8Array): Promise<PhotoResult>;
  close(): Promise<void>;
}

/** More visitors than that do not hold a pass to the gates of one box at once; whoever floods gets no more memory. */
const MOST_WAITING = 4;

/** @param start opens one. */
export function createPassEncoder(start: () => Promise<PhotoEncoder>): PassEncoder {
  let starting: Promise<PhotoEncoder> | undefined;
  let waiting = 0;
  const drop = async (encoder: Promise<PhotoEncoder>) => {
    if (starting === encoder) starting = undefined;
    // It may have died already, or never started.
    await encoder.then((one) => one.close()).catch(() => {});
  };
  return {
    async encode(jpeg) {
      if (waiting >= MOST_WAITING) return { kind: 'unreadable', detail: 'Expected one pass at a time.' };
      waiting += 1;
      starting ??= start();
      const encoder = starting;
      try {
        return await (await encoder).encode(jpeg);
      } catch (error) {
        await drop(encoder);
        throw error;
      } finally {
        waiting -= 1;
      }
    },
    async close() {
      if (starting !== undefined) await drop(starting);
    },
  };
}
