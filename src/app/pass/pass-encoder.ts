/** A vision process for the photographs in passes. */
import type { PhotoEncoder, PhotoResult } from '../../ports/vision.js';
import { createKept } from './kept.js';

export interface PassEncoder {
  encode(jpeg: Uint8Array): Promise<PhotoResult>;
  close(): Promise<void>;
}

/** More visitors than that do not hold a pass to the gates of one box at once; whoever floods gets no more memory. */
const MOST_WAITING = 4;

/** @param start opens one. */
export function createPassEncoder(start: () => Promise<PhotoEncoder>): PassEncoder {
  const kept = createKept(start);
  let waiting = 0;
  return {
    async encode(jpeg) {
      if (waiting >= MOST_WAITING) return { kind: 'unreadable', detail: 'Expected one pass at a time.' };
      waiting += 1;
      try {
        return await kept.use((encoder) => encoder.encode(jpeg));
      } finally {
        waiting -= 1;
      }
    },
    close: kept.close,
  };
}
