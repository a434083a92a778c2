/** A vision process for the photographs in passes. */
import { overBudget, PASS_PHOTO_BUDGET, readPictureHead } from '../../adapters/opencv/picture-file.js';
import { millis } from '../../base/units.js';
import type { PhotoEncoder, PhotoResult } from '../../ports/vision.js';
import { createKept } from './kept.js';

export interface PassEncoder {
  encode(jpeg: Uint8Array): Promise<PhotoResult>;
  close(): Promise<void>;
}

/** More visitors than that do not hold a pass to the gates of one box at once; whoever floods gets no more memory. */
const MOST_WAITING = 4;
/**
 * Longest for one photograph, decoded and encoded: its size is bounded, so that one of them takes a tenth. Its process is
 * ended then, and the next visitor's photograph has a new one.
 */
export const PASS_ANSWER_LIMIT = millis(3000);

/** @param start opens one. */
export function createPassEncoder(start: () => Promise<PhotoEncoder>): PassEncoder {
  const kept = createKept(start);
  let waiting = 0;
  return {
    async encode(jpeg) {
      const head = readPictureHead(jpeg);
      // Before it waits: what cannot be taken keeps nobody out.
      const over = head === undefined ? undefined : overBudget(head, PASS_PHOTO_BUDGET);
      if (over !== undefined)
        return { kind: 'unreadable', detail: `Expected ${over.expected}, got ${over.got}.` };
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
