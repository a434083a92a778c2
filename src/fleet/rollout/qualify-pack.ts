/** Examines a pack that is not in use yet by photographs, in a process of its own: one that dies or hangs has failed. */
import { TwinstileError } from '../../base/errors.js';
import { type Millis, millis } from '../../base/units.js';
import { createSelfTestJudge, type SelfTestRules } from '../../biometrics/encoder-self-test.js';
import type { EncoderSettings, PhotoResult } from '../../vision/ports/vision.js';
import { describeEnd, type EncoderOutcome, EncoderProcess } from '../../vision/process/encoder-process.js';
import type { ProcessStart } from '../../vision/process/vision-child.js';
import type { Examined, PairPhoto, SeenPhoto } from '../releases/release-examination.js';

export interface PackExamination extends ProcessStart {
  readonly setup: EncoderSettings;
  readonly selfTest: SelfTestRules;
  readonly photos: readonly PairPhoto[];
}

/** A photograph of 12 MB takes two seconds on a slow box. */
const ANSWER_LIMIT = millis(20_000);

/** @throws TwinstileError 'vision-failed' with what the process reported last, or 'stopped'. */
export async function examinePack(examination: PackExamination, signal?: AbortSignal): Promise<Examined> {
  const encoder = new EncoderProcess({ ...examination, limits: { answer: ANSWER_LIMIT }, restarts: 0 });
  const stop = (): void => void encoder.close();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted === true) throw stopped();
    return await examineWith(encoder, examination);
  } catch (error) {
    throw signal?.aborted === true ? stopped() : error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await encoder.close();
  }
}

async function examineWith(encoder: EncoderProcess, examination: PackExamination): Promise<Examined> {
  const provider = await startedOn(encoder);
  const judge = createSelfTestJudge(examination.selfTest);
  const vectors = await responsesOf(encoder.request<'canary'>({ kind: 'canary' }));
  const verdicts = vectors.map((each) => judge(each).verdict);
  const photos: SeenPhoto[] = [];
  const latencies: number[] = [];
  for (const { person, photo } of examination.photos) {
    const start = performance.now();
    const [{ result }] = await responsesOf(encoder.request<'photo'>({ kind: 'photo' }, photo));
    latencies.push(performance.now() - start);
    photos.push({ person, ...embeddingIn(result) });
  }
  return { photos, selfTest: verdicts.at(-1) === 'true', provider, latency: medianOf(latencies) };
}

/** @returns the execution provider. */
async function startedOn(encoder: EncoderProcess): Promise<string> {
  const ready = await encoder.start(1).catch(failWith);
  return ready === undefined ? failWith(stopped()) : ready.provider;
}

async function responsesOf<Kind extends 'canary' | 'photo'>(pending: Promise<EncoderOutcome<Kind>>) {
  const outcome = await pending.catch(failWith);
  return outcome.kind === 'ended' ? failWith(new Error(describeEnd(outcome.end))) : outcome.responses;
}

const medianOf = (values: readonly number[]): Millis => {
  const sorted = values.toSorted((a, b) => a - b);
  return millis(sorted[sorted.length >> 1] ?? Number.NaN);
};

/** Of several faces the one that the photograph is most likely of. */
function embeddingIn(result: PhotoResult): Pick<SeenPhoto, 'embedding'> {
  const embedding = result.kind === 'faces' ? result.faces[0]?.embedding : undefined;
  return { embedding };
}

function failWith(cause: unknown): never {
  throw new TwinstileError({
    code: 'vision-failed',
    message: `Vision process did not examine the pack: ${cause instanceof Error ? cause.message : cause}`,
    hint: 'Correct the pack and publish it as a new release.',
  });
}

const stopped = (): TwinstileError =>
  new TwinstileError({
    code: 'stopped',
    message: 'The examination was stopped on request.',
  });
