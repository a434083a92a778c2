/** Is the camera for passes there? Asked now and then, so that the state knows it before a visitor does. */

import { pause } from '../../../base/delay.js';
import { explain } from '../../../base/errors.js';
import { type Millis, millis } from '../../../base/units.js';
import type { Degraded } from '../../../lane/health/degraded-modes.js';
import type { DocumentCamera, DocumentCapture, DocumentCaptureMode } from '../../../vision/ports/vision.js';
import { createKept } from './kept.js';

export interface DocumentCameraWatch extends Pick<DocumentCamera, 'capture'> {
  /** For the state of the lane. */
  readonly faults: () => readonly Degraded[];
  /** Looks whether it is there until the signal aborts, and ends its process then. */
  run(signal: AbortSignal): Promise<void>;
}

interface ObservedCamera {
  /** Starts its process. */
  readonly start: () => Promise<DocumentCamera>;
  /** Called at each change; with what is wrong when it is gone. */
  readonly onChange: (fault: string | undefined) => void;
  readonly every?: Millis;
  readonly again?: Millis;
}

/** It is opened for each look, and somebody may see its lamp. */
const EVERY = millis(60_000);
/** Whoever plugs it in again wants to see it soon. */
const AGAIN = millis(5000);

const MISSING: readonly Degraded[] = ['document-camera-missing'];
const NOTHING_THERE: DocumentCapture = { kind: 'faces', faces: [] };

export function watchDocumentCamera({
  start,
  onChange,
  every = EVERY,
  again = AGAIN,
}: ObservedCamera): DocumentCameraWatch {
  const kept = createKept(start);
  let fault: string | undefined;
  let looking = false;
  let probing: Promise<unknown> = Promise.resolve();

  const note = (next: string | undefined) => {
    if (next !== fault) onChange(next);
    fault = next;
  };
  const ask = async (options: DocumentCaptureMode): Promise<DocumentCapture> => {
    try {
      const seen = await kept.use((camera) => camera.capture(options));
      note(seen.kind === 'no-picture' ? seen.detail : undefined);
      return seen;
    } catch (error) {
      note(explain(error));
      throw error;
    }
  };
  /** A visitor waits for a probe that is under way, and a probe is left out for a visitor. */
  const look: DocumentCameraWatch['capture'] = async (options) => {
    // Two looks at once would take one pass for two people; whoever comes second presents theirs again.
    if (looking) return NOTHING_THERE;
    looking = true;
    try {
      await probing;
      return await ask(options);
    } finally {
      looking = false;
    }
  };
  const probe = async () => {
    if (looking) return;
    // What is wrong is noted; a lane does not end for want of this camera.
    probing = ask('picture').catch(() => {});
    await probing;
  };
  return {
    capture: look,
    faults: () => (fault === undefined ? [] : MISSING),
    async run(signal) {
      while (!signal.aborted) {
        await probe();
        await pause(fault === undefined ? every : again, signal);
      }
      await kept.close();
    },
  };
}
