/**
 * Checks now and then whether the document camera is present, so that the lane's state reports a missing one
 * before a visitor needs it.
 */

import { pause } from '../../../base/delay.js';
import { explain } from '../../../base/errors.js';
import { type Millis, millis } from '../../../base/units.js';
import type { Degraded } from '../../../lane/health/degraded-modes.js';
import type { DocumentCamera, DocumentCapture, DocumentCaptureMode } from '../../../vision/ports/vision.js';
import { createKept } from './kept.js';

export interface DocumentCameraWatch extends Pick<DocumentCamera, 'capture'> {
  /** Fault for the state of the lane. */
  readonly faults: () => readonly Degraded[];
  /** Checks the camera until the signal aborts, and ends its process then. */
  run(signal: AbortSignal): Promise<void>;
}

interface ObservedCamera {
  /** Starts the camera's process. */
  readonly start: () => Promise<DocumentCamera>;
  /** Called at each change, with the fault when the camera is gone. */
  readonly onChange: (fault: string | undefined) => void;
  readonly every?: Millis;
  readonly again?: Millis;
}

/** Interval while the camera is present: it is opened for each check, and its lamp may be visible. */
const EVERY = millis(60_000);
/** Interval while the camera is absent: short, so that a camera that was plugged in again is soon reported. */
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
  /** A visitor waits for a check that is under way, and a check is skipped for a visitor. */
  const look: DocumentCameraWatch['capture'] = async (options) => {
    // Two captures at once would take one pass for two people; the second visitor presents their pass again.
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
    // The fault is recorded; a lane does not end because this camera is missing.
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
