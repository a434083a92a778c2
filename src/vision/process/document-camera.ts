/** The camera that looks at passes, in a process of its own: it may hang or die, and the lane's eye sees on. */
import { compact } from '../../base/compact.js';
import { millis } from '../../base/units.js';
import type { DocumentCamera, DocumentRegion } from '../ports/vision.js';
import { secretsOf } from './camera-secrets.js';
import { EncoderProcess, type EncoderStart } from './encoder-process.js';

/** A look takes 4 s, a slow network camera as long again to open; what takes longer hangs in a driver. */
const ANSWER_LIMIT = millis(12_000);

/**
 * @returns a camera whose process is ready; it is not open.
 * @throws TwinstileError 'vision-failed', or what the process says of itself, such as 'pack-missing'.
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
    async look(options) {
      const answer = await encoder.ask((id) => ({ kind: 'look-at-pass', id, place, wish: options }));
      if (answer.kind === 'pass') return answer.result;
      const cause = answer.kind === 'died' ? answer.cause : 'it answered something else';
      return { kind: 'no-picture', detail: `The vision process did not survive the look at it: ${cause}.` };
    },
    close: () => encoder.close(),
  };
}
