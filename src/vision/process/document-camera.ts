/** Runs the document camera in a process of its own: it may hang or die, and the lane's vision process goes on. */
import { compact } from '../../base/compact.js';
import { millis } from '../../base/units.js';
import type { DocumentCamera, DocumentRegion } from '../ports/vision.js';
import { secretsOf } from './camera-secrets.js';
import { EncoderProcess, type EncoderStart } from './encoder-process.js';

/** A look takes 4 s, a slow network camera as long again to open; what takes longer hangs in a driver. */
const ANSWER_LIMIT = millis(12_000);

/**
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
    async capture(wish) {
      const outcome = await encoder.request<'look-at-pass'>({ kind: 'look-at-pass', place, wish });
      if (outcome.kind === 'answered') return outcome.responses[0].result;
      const detail = `The vision process did not survive the look at it: ${outcome.end.cause}.`;
      return { kind: 'no-picture', detail };
    },
    close: () => encoder.close(),
  };
}
