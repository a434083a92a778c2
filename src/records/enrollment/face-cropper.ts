/** Cuts faces out of photographs in a process of its own, one after the other. */
import { TwinstileError } from '../../base/errors.js';
import type { EncoderSettings } from '../../vision/ports/vision.js';
import { describeEnd, EncoderProcess } from '../../vision/process/encoder-process.js';
import type { ProcessStart } from '../../vision/process/vision-child.js';
import type { FaceCropper } from '../people/crop-store.js';

/**
 * @returns once its networks are loaded.
 * @throws TwinstileError 'vision-failed'; so does `crop` when a photograph ends the process: no further one is cut out then.
 */
export async function startFaceCropper(
  start: ProcessStart & { readonly setup: EncoderSettings },
): Promise<FaceCropper> {
  const encoder = new EncoderProcess({ ...start, restarts: 0 });
  try {
    await encoder.start(1);
  } catch (error) {
    throw failed(messageOf(error));
  }
  return {
    async crop(photo) {
      const outcome = await encoder.request<'crop'>({ kind: 'crop' }, photo).catch((error: unknown) => {
        throw failed(messageOf(error));
      });
      if (outcome.kind === 'ended') throw failed(describeEnd(outcome.end));
      const [response] = outcome.responses;
      return response.kind === 'photo' ? undefined : Buffer.from(response.bytes);
    },
    close: () => encoder.close(),
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const failed = (got: string): TwinstileError =>
  new TwinstileError({
    code: 'vision-failed',
    message: `The vision process did not cut out faces: ${got}`,
    hint: 'Leave that photograph out, or switch privacy.store_face_crops off.',
  });
