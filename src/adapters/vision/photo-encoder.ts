/** Encodes photographs in a process of its own: a picture that kills the decoder costs that picture and nothing else. */
import { type Backoff, delayAfter } from '../../base/backoff.js';
import { type ErrorCode, TwinstileError } from '../../base/errors.js';
import { type Millis, millis } from '../../base/units.js';
import { pause } from '../../base/waiting.js';
import type { EncoderSettings, PhotoEncoder, PhotoResult } from '../../ports/vision.js';
import { type Child, type Start, startChild } from './child.js';
import { REQUEST_LIMITS } from './framing.js';
import type { Heard } from './reports.js';

export interface PhotoEncoding extends Start {
  readonly setup: EncoderSettings;
  readonly limits?: Partial<PhotoLimits>;
}

export interface PhotoLimits {
  /** Longest for one photograph, counted from when the process turns to it. */
  readonly photo: Millis;
  /** Longest until the networks are loaded. */
  readonly ready: Millis;
}

const LIMITS: PhotoLimits = { photo: millis(30_000), ready: millis(60_000) };
/** One is worked on while the next lies ready in the pipe; more would only fill memory. */
const IN_FLIGHT = 3;
/** Each waiting photograph is held in memory by its caller; whoever hands in more should wait for answers. */
const MOST_WAITING = 1000;
const STARTS = 3;
const BACKOFF: Backoff = { first: millis(250), factor: 2, longest: millis(2000) };

interface Job {
  readonly id: number;
  readonly photo: Uint8Array;
  readonly resolve: (result: PhotoResult) => void;
  readonly reject: (error: TwinstileError) => void;
}

/**
 * @returns an encoder whose process is ready.
 * @throws TwinstileError 'vision-failed', or what the process says of itself, such as 'pack-missing'.
 * Its `encode` rejects with 'vision-failed' when no process can be started any more and with 'stopped' after `close`.
 */
export async function startPhotoEncoder(options: PhotoEncoding): Promise<PhotoEncoder> {
  const encoder = new SupervisedEncoder(options);
  await encoder.start(1);
  return encoder;
}

class SupervisedEncoder implements PhotoEncoder {
  readonly #options: PhotoEncoding;
  readonly #limits: PhotoLimits;
  /** In order of arrival; the first IN_FLIGHT of them are with the process. */
  #jobs: Job[] = [];
  #sent = 0;
  #nextId = 0;
  #child: Child | undefined;
  /** Not ready yet. */
  #starting: Child | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Why nothing is taken any more. */
  #over: TwinstileError | undefined;

  constructor(options: PhotoEncoding) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
  }

  encode(photo: Uint8Array): Promise<PhotoResult> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    if (photo.length === 0) return Promise.resolve(unreadable('The file is empty.'));
    if (photo.length > REQUEST_LIMITS.payload)
      return Promise.resolve(unreadable(`The file has ${photo.length} bytes, more than 32 MB.`));
    if (this.#jobs.length >= MOST_WAITING)
      return Promise.reject(failed(`at most ${MOST_WAITING} photographs at once`, 'more'));
    return new Promise((resolve, reject) => {
      this.#jobs.push({ id: this.#nextId, photo, resolve, reject });
      this.#nextId += 1;
      this.#feed();
    });
  }

  async close(): Promise<void> {
    this.#giveUp(
      new TwinstileError({ code: 'stopped', message: 'Expected an open encoder, got a closed one.' }),
    );
    await Promise.all([this.#child?.stop(), this.#starting?.stop()]);
  }

  /** @param attempts how often to try; the last failure is thrown. */
  async start(attempts: number): Promise<void> {
    for (let failures = 0; this.#over === undefined; ) {
      try {
        return await this.#startOnce();
      } catch (error) {
        failures += 1;
        if (failures >= attempts) throw error;
        await pause(delayAfter(failures, BACKOFF));
      }
    }
  }

  async #startOnce(): Promise<void> {
    let complaint: TwinstileError | undefined;
    let ready = (): void => {};
    const isReady = new Promise<undefined>((resolve) => {
      ready = () => resolve(undefined);
    });
    const child = startChild(this.#options, (heard) => {
      if (heard.kind === 'ready') ready();
      else if (heard.kind === 'failed') complaint = toError(heard);
      else if (heard.kind === 'photo') this.#answer(child, heard.id, heard.result);
    });
    this.#starting = child;
    const timer = setTimeout(() => child.kill('it was not ready in time'), this.#limits.ready);
    child.send({ kind: 'encode-photos', settings: this.#options.setup });
    const cause = await Promise.race([isReady, child.gone]);
    clearTimeout(timer);
    this.#starting = undefined;
    if (cause !== undefined) throw complaint ?? failed('a vision process', cause);
    if (this.#over !== undefined) return child.stop();
    this.#child = child;
    this.#sent = 0;
    void child.gone.then((end) => this.#onGone(end));
    this.#feed();
  }

  #feed(): void {
    const child = this.#child;
    if (child === undefined) return;
    for (; this.#sent < Math.min(IN_FLIGHT, this.#jobs.length); this.#sent += 1) {
      const job = this.#jobs[this.#sent];
      if (job !== undefined) child.send({ kind: 'photo', id: job.id }, job.photo);
      if (this.#sent === 0) this.#time(child);
    }
  }

  #time(child: Child): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => child.kill('it took too long'), this.#limits.photo);
  }

  #answer(child: Child, id: number, result: PhotoResult): void {
    const [job] = this.#jobs;
    // Answers come in the order of the questions; anything else would put one person's face to another's name.
    if (child !== this.#child || job === undefined || this.#sent === 0 || job.id !== id) {
      child.kill('it answered another photograph than it was given');
      return;
    }
    this.#jobs.shift();
    this.#sent -= 1;
    clearTimeout(this.#timer);
    if (this.#sent > 0) this.#time(child);
    job.resolve(result);
    this.#feed();
  }

  /** The process works on one photograph after the other, so the oldest without an answer is the one that ended it. */
  #onGone(cause: string): void {
    this.#child = undefined;
    clearTimeout(this.#timer);
    if (this.#over !== undefined) return;
    if (this.#sent > 0)
      this.#jobs.shift()?.resolve(unreadable(`The vision process did not survive it: ${cause}.`));
    this.#sent = 0;
    this.start(STARTS).catch((error: unknown) =>
      this.#giveUp(error instanceof TwinstileError ? error : failed('a vision process', String(error))),
    );
  }

  #giveUp(error: TwinstileError): void {
    this.#over ??= error;
    clearTimeout(this.#timer);
    for (const job of this.#jobs.splice(0)) job.reject(this.#over);
  }
}

const unreadable = (detail: string): PhotoResult => ({ kind: 'unreadable', detail });

const failed = (expected: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'vision-failed',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Look into the log for what the vision process wrote.',
  });

/** What the process may blame by its code; anything else is a failure of its own. */
const TOLD: readonly ErrorCode[] = ['pack-unknown', 'pack-missing', 'pack-refused', 'model-failed'];

function toError({ code, message, hint }: Extract<Heard, { readonly kind: 'failed' }>): TwinstileError {
  const known = TOLD.find((each) => each === code) ?? 'vision-failed';
  return new TwinstileError({ code: known, message, ...(hint === undefined ? {} : { hint }) });
}
