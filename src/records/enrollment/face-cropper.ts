/** Cuts faces out of photographs in a process of its own, one after the other. */
import { TwinstileError } from '../../base/errors.js';
import { type Millis, millis } from '../../base/units.js';
import type { EncoderSettings } from '../../vision/ports/vision.js';
import { type Start, startChild } from '../../vision/process/vision-child.js';
import type { Heard } from '../../vision/process/vision-reports.js';
import type { FaceCropper } from '../people/crop-store.js';

/** Networks load within ten seconds on a slow box; a photograph of 12 MB takes two. */
const READY_WITHIN = millis(60_000);
const ANSWER_WITHIN = millis(30_000);

/**
 * @returns once its networks are loaded.
 * @throws TwinstileError 'vision-failed'; so does `crop` when a photograph ends the process: no further one is cut out then.
 */
export async function startFaceCropper(
  start: Start & { readonly setup: EncoderSettings },
): Promise<FaceCropper> {
  let hear: (heard: Heard | undefined) => void = () => {};
  const child = startChild(start, (heard) => hear(heard));
  let end: string | undefined;
  void child.gone.then((cause) => {
    end = cause;
    hear(undefined);
  });
  /** Of reports other than heartbeats, the next one. */
  const next = (limit: Millis): Promise<Heard> =>
    new Promise((resolve, reject) => {
      if (end !== undefined) return reject(failed(end));
      const timer = setTimeout(() => child.kill(`no answer within ${limit} ms`), limit);
      hear = (heard) => {
        if (heard?.kind === 'heartbeat') return;
        clearTimeout(timer);
        hear = () => {};
        if (heard === undefined) reject(failed(end ?? 'nothing'));
        else if (heard.kind === 'failed') reject(failed(`${heard.code}: ${heard.message}`));
        else resolve(heard);
      };
    });
  child.send({ kind: 'encode-photos', settings: start.setup });
  try {
    await next(READY_WITHIN);
  } catch (error) {
    await child.stop();
    throw error;
  }
  let id = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const cut = async (photo: Uint8Array): Promise<Uint8Array | undefined> => {
    id += 1;
    const answer = next(ANSWER_WITHIN);
    child.send({ kind: 'crop', id }, photo);
    const heard = await answer;
    if (heard.kind === 'photo' && heard.id === id) return undefined;
    if (heard.kind === 'snapshot' && heard.id === id) return Buffer.from(heard.bytes);
    child.kill('it answered another photograph than it was given');
    throw failed('an answer to another photograph');
  };
  return {
    crop(photo) {
      const mine = turn.then(() => cut(photo));
      turn = mine.catch(() => {});
      return mine;
    },
    close: () => child.stop(),
  };
}

const failed = (got: string): TwinstileError =>
  new TwinstileError({
    code: 'vision-failed',
    message: `Expected a vision process that cuts out faces, got: ${got}.`,
    hint: 'Leave that photograph out, or switch privacy.store_face_crops off.',
  });
