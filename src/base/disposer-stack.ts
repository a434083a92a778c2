/** What was begun, undone in reverse: each step bounded in time, none kept from its turn by the one before it. */

import { within } from './delay.js';
import { explain, TwinstileError } from './errors.js';
import { millis } from './units.js';

const STEP_LIMIT = millis(1500);

export interface DisposerStack {
  /** @returns what was given. */
  add<Opened extends { close(): Promise<void> }>(step: string, opened: Opened): Opened;
  /** Never rejects. */
  all(): Promise<void>;
}

export function createDisposerStack(onFault: (step: string, detail: string) => void): DisposerStack {
  const opened: { readonly step: string; readonly close: () => Promise<void> }[] = [];
  return {
    add(step, one) {
      opened.push({ step, close: () => one.close() });
      return one;
    },
    async all() {
      for (let last = opened.pop(); last !== undefined; last = opened.pop()) {
        const { step, close } = last;
        try {
          await within(STEP_LIMIT, close(), () => tooLong(step));
        } catch (error) {
          // The rest must be stopped all the same.
          onFault(step, explain(error));
        }
      }
    },
  };
}

const tooLong = (step: string): TwinstileError =>
  new TwinstileError({ code: 'internal', message: `Expected '${step}' to stop within ${STEP_LIMIT} ms.` });
