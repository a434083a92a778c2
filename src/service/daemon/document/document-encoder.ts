/** Runs a vision process for the photographs in passes and shares it fairly among their senders. */

import type { Clock } from '../../../base/clock.js';
import { TwinstileError } from '../../../base/errors.js';
import { type Monotonic, millis } from '../../../base/units.js';
import { DOCUMENT_PHOTO_BUDGET, overBudget, readPictureHead } from '../../../vision/opencv/picture-file.js';
import type { PhotoEncoder, PhotoResult } from '../../../vision/ports/vision.js';
import { createDecodeBudget, createFairQueue, type Origin } from './fair-queue.js';
import { createKept } from './lane-camera.js';

/** Result for a photograph; over-budget: its sender has used up its seconds, has too many jobs waiting, or waited too long. */
type PassResult = PhotoResult | { readonly kind: 'over-budget' };

export interface DocumentEncoder {
  /** @param origin sender whose budget is charged: all that cannot be distinguished count as one sender. */
  encode(jpeg: Uint8Array, origin: Origin): Promise<PassResult>;
  close(): Promise<void>;
}

/**
 * Time limit for one photograph, decoded and encoded: its size is bounded, so that a normal one takes a tenth of this. After
 * the limit the process is ended, and the next photograph gets a new one.
 */
export const DOCUMENT_ANSWER_LIMIT = millis(3000);
/** Cost of a photograph that ended its process: the next sender waits for a new one. */
const RESTART_SECONDS = 2;
/**
 * Longest wait in the queue, in ms: the lane gives up after 8 s, so a photograph that waited longer would be
 * decoded for no use.
 */
const MAX_WAIT = 5000;

interface Job {
  readonly run: () => Promise<void>;
  readonly turnAway: () => void;
}

/** @param start starts a vision process. */
export function createDocumentEncoder(
  start: () => Promise<PhotoEncoder>,
  clock: Pick<Clock, 'monotonic'>,
): DocumentEncoder {
  const kept = createKept(start);
  const budget = createDecodeBudget();
  const queue = createFairQueue<Job>();
  let isRunning = false;

  const decoded = (jpeg: Uint8Array, sender: string): Promise<PhotoResult> =>
    kept.use(async (encoder) => {
      const from = clock.monotonic();
      let more = RESTART_SECONDS;
      try {
        const result = await encoder.encode(jpeg);
        // Thrown, so that the next sender gets a new process and is not charged for its start.
        if (result.kind === 'unreadable' && result.endedProcess === true) throw ended(result.detail);
        more = 0;
        return result;
      } finally {
        const now = clock.monotonic();
        budget.charge(sender, now, (now - from) / 1000 + more);
      }
    });
  const work = async (jpeg: Uint8Array, sender: string, since: Monotonic): Promise<PassResult> => {
    const now = clock.monotonic();
    // Checked again: earlier photographs of this sender may have used up its seconds meanwhile.
    if (now - since > MAX_WAIT || !budget.mayBegin(sender, now)) return { kind: 'over-budget' };
    return decoded(jpeg, sender);
  };
  const serve = async () => {
    if (isRunning) return;
    isRunning = true;
    for (let job = queue.next(); job !== undefined; job = queue.next()) await job.run();
    isRunning = false;
  };
  return {
    async encode(jpeg, origin) {
      const head = readPictureHead(jpeg);
      // Checked before it is queued: a photograph that cannot be accepted blocks no other.
      const over = head === undefined ? undefined : overBudget(head, DOCUMENT_PHOTO_BUDGET);
      if (over !== undefined)
        return { kind: 'unreadable', detail: `Expected ${over.expected}, got ${over.got}.` };
      const sender = JSON.stringify([origin.lane, origin.sender]);
      const since = clock.monotonic();
      if (!budget.mayBegin(sender, since)) return { kind: 'over-budget' };
      return new Promise((resolve, reject) => {
        const job: Job = {
          // Never rejects: a failed photograph does not end the queue.
          run: () => work(jpeg, sender, since).then(resolve, reject),
          turnAway: () => resolve({ kind: 'over-budget' }),
        };
        for (const out of queue.put(job, origin)) out.turnAway();
        void serve();
      });
    },
    close: kept.close,
  };
}

const ended = (detail: string): TwinstileError =>
  new TwinstileError({
    code: 'vision-failed',
    message: `Expected a photograph that can be encoded: ${detail}`,
  });
