/** Encodes photographs, and looks at passes, each in a process of its own. */
import { compact } from '../../base/compact.js';
import { millis } from '../../base/units.js';
import { secretsOf } from '../ports/camera.js';
import type { DocumentCamera, DocumentRegion, PhotoEncoder } from '../ports/vision.js';
import { EncoderProcess, type EncoderStart } from './encoder-process.js';
import { REQUEST_LIMITS } from './framing.js';

/**
 * @returns an encoder whose process is ready.
 * @throws TwinstileError 'vision-failed', or what the process reports of itself, such as 'pack-missing'.
 * Its `encode` rejects with 'vision-failed' when no process can be started any more and with 'stopped' after `close`.
 */
export async function startPhotoEncoder(options: EncoderStart): Promise<PhotoEncoder> {
  const encoder = new EncoderProcess(options);
  await encoder.start(1);
  return {
    async encode(photo) {
      if (photo.length === 0) return unreadable('The file is empty.');
      if (photo.length > REQUEST_LIMITS.payload)
        return unreadable(`The file has ${photo.length} bytes, more than 64 MB.`);
      const outcome = await encoder.request<'photo'>({ kind: 'photo' }, photo);
      if (outcome.kind === 'answered') return outcome.responses[0].result;
      const died = unreadable(`The vision process did not survive it: ${outcome.end.cause}.`);
      return { ...died, endedProcess: true };
    },
    close: () => encoder.close(),
  };
}

const unreadable = (detail: string) => ({ kind: 'unreadable', detail }) as const;

/** A look takes 4 s, a slow network camera as long again to open; what takes longer hangs in a driver. */
const ANSWER_LIMIT = millis(12_000);

/**
 * Runs the document camera in a process of its own: it may hang or die, and the lane's vision process goes on.
 * @returns a camera whose process is ready; it is not open.
 * @throws TwinstileError 'vision-failed', or what the process reports of itself, such as 'pack-missing'.
 */
export async function startDocumentCamera(
  options: EncoderStart & { readonly place: DocumentRegion },
): Promise<DocumentCamera> {
  const { place, limits, ...start } = options;
  const encoder = new EncoderProcess({
    ...start,
    secrets: secretsOf(place.source),
    limits: { answer: ANSWER_LIMIT, ...compact(limits ?? {}) },
  });
  await encoder.start(1);
  return {
    async capture(mode) {
      const outcome = await encoder.request<'look-at-pass'>({ kind: 'look-at-pass', place, wish: mode });
      if (outcome.kind === 'answered') return outcome.responses[0].result;
      const detail = `The vision process did not survive the look at it: ${outcome.end.cause}.`;
      return { kind: 'no-picture', detail };
    },
    close: () => encoder.close(),
  };
}
