/** Lets a pack that nobody uses yet look at photographs, in a process of its own: one that dies or hangs has failed. */
import { TwinstileError } from '../../base/errors.js';
import { type Millis, millis } from '../../base/units.js';
import { createSelfTestJudge, type SelfTestRules } from '../../biometrics/encoder-self-test.js';
import type { EncoderSettings, PhotoResult } from '../../vision/ports/vision.js';
import { type Start, startChild } from '../../vision/process/vision-child.js';
import type { Heard } from '../../vision/process/vision-reports.js';
import type { PairPhoto } from '../releases/mated-pairs.js';
import type { Examined, SeenPhoto } from '../releases/release-examination.js';

export interface Examination extends Start {
  readonly setup: EncoderSettings;
  readonly selfTest: SelfTestRules;
  readonly photos: readonly PairPhoto[];
}

/** Networks load within ten seconds on a slow box; a photograph of 12 MB takes two. */
const READY_WITHIN = millis(60_000);
const ANSWER_WITHIN = millis(20_000);
const SONGS = 2;

/** @throws TwinstileError 'vision-failed' with what the process said last, or 'stopped'. */
export async function examinePack(examination: Examination, signal?: AbortSignal): Promise<Examined> {
  const { setup, photos } = examination;
  const judge = createSelfTestJudge(examination.selfTest);
  const heard: Heard[] = [];
  let wake = (): void => {};
  const child = startChild(examination, (report) => {
    heard.push(report);
    wake();
  });
  let end: string | undefined;
  void child.gone.then((cause) => {
    end = cause;
    wake();
  });
  const stop = (): void => child.kill('the order to stop');
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();

  /** The next report that is of this kind; what it says of itself in between ends it. */
  const next = async <K extends Heard['kind']>(
    kind: K,
    limit: Millis,
  ): Promise<Extract<Heard, { kind: K }>> => {
    const timer = setTimeout(() => child.kill(`no ${kind} within ${limit} ms`), limit);
    try {
      for (;;) {
        const report = heard.shift();
        if (report?.kind === kind) return report as Extract<Heard, { kind: K }>;
        if (report?.kind === 'failed') throw failed(`${report.code}: ${report.message}`);
        if (report !== undefined) continue;
        if (signal?.aborted === true) throw stopped();
        if (end !== undefined) throw failed(end);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  };

  try {
    child.send({ kind: 'encode-photos', settings: setup });
    const { provider } = await next('ready', READY_WITHIN);
    child.send({ kind: 'canary' });
    let verdict = judge(await next('canary', ANSWER_WITHIN));
    for (let song = 1; song < SONGS; song += 1) verdict = judge(await next('canary', ANSWER_WITHIN));
    const seen: SeenPhoto[] = [];
    const latencies: number[] = [];
    for (const [id, { person, photo }] of photos.entries()) {
      const start = performance.now();
      child.send({ kind: 'photo', id }, photo);
      const { result } = await next('photo', ANSWER_WITHIN);
      latencies.push(performance.now() - start);
      seen.push({ person, ...embeddingIn(result) });
    }
    latencies.sort((a, b) => a - b);
    return {
      photos: seen,
      selfTest: verdict.verdict === 'true',
      provider,
      latency: millis(latencies[latencies.length >> 1] ?? Number.NaN),
    };
  } finally {
    signal?.removeEventListener('abort', stop);
    await child.stop();
  }
}

/** Of several faces the one that the photograph is most likely of. */
function embeddingIn(result: PhotoResult): Pick<SeenPhoto, 'embedding'> {
  const embedding = result.kind === 'faces' ? result.faces[0]?.embedding : undefined;
  return { embedding };
}

const failed = (got: string): TwinstileError =>
  new TwinstileError({
    code: 'vision-failed',
    message: `Expected a pack that looks at photographs, got a process of which it is said: ${got}.`,
    hint: 'Correct the pack and publish it as a new release.',
  });

const stopped = (): TwinstileError =>
  new TwinstileError({
    code: 'stopped',
    message: 'Expected the end of an examination, got the order to stop.',
  });
