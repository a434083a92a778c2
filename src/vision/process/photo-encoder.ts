/** Encodes photographs in a process of its own. */
import type { PhotoEncoder } from '../ports/vision.js';
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
        return unreadable(`The file has ${photo.length} bytes, more than 32 MB.`);
      const outcome = await encoder.request<'photo'>({ kind: 'photo' }, photo);
      if (outcome.kind === 'answered') return outcome.responses[0].result;
      const died = unreadable(`The vision process did not survive it: ${outcome.end.cause}.`);
      return { ...died, endedProcess: true };
    },
    close: () => encoder.close(),
  };
}

const unreadable = (detail: string) => ({ kind: 'unreadable', detail }) as const;
