/** A process that is asked about one picture after the other: one that kills it costs that picture and nothing else. */

import { type Backoff, delayAfter } from '../../base/backoff.js';
import { compact } from '../../base/compact.js';
import { pause } from '../../base/delay.js';
import { type ErrorCode, TwinstileError } from '../../base/errors.js';
import { type Millis, millis } from '../../base/units.js';
import type { EncoderSettings } from '../ports/vision.js';
import { type Child, type Start, startChild } from './vision-child.js';
import type { Heard } from './vision-reports.js';
import type { Request } from './vision-requests.js';

export interface EncoderStart extends Start {
  readonly setup: EncoderSettings;
  readonly limits?: Partial<EncoderLimits>;
}

export interface EncoderLimits {
  /** Longest for one question, counted from when the process turns to it. */
  readonly answer: Millis;
  /** Longest until the networks are loaded. */
  readonly ready: Millis;
}

const LIMITS: EncoderLimits = { answer: millis(30_000), ready: millis(60_000) };
/** One is worked on while the next lies ready in the pipe; more would only fill memory. */
const IN_FLIGHT = 3;
/** Each waiting photograph is held in memory by its caller; whoever hands in more should wait for answers. */
const MAX_WAITING = 1000;
const STARTS = 3;
const BACKOFF: Backoff = { first: millis(250), factor: 2, longest: millis(2000) };

export type Question = Extract<Request, { readonly kind: 'photo' | 'look-at-pass' }>;
export type Answered = Extract<Heard, { readonly kind: 'photo' | 'pass' }>;
/** What answers which question. */
const ANSWER_TO = { photo: 'photo', 'look-at-pass': 'pass' } as const;

interface Job {
  readonly question: Question;
  readonly payload: Uint8Array;
  readonly resolve: (answer: Answered | { readonly kind: 'died'; readonly cause: string }) => void;
  readonly reject: (error: TwinstileError) => void;
}

/**
 * Ready after `start`. @throws TwinstileError 'vision-failed', or what the process says of itself, such as 'pack-missing'.
 * `ask` rejects with 'vision-failed' when no process can be started any more and with 'stopped' after `close`.
 */
export class EncoderProcess {
  readonly #options: EncoderStart;
  readonly #limits: EncoderLimits;
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

  constructor(options: EncoderStart) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...compact(options.limits ?? {}) };
  }

  /** @param question gets its number here. @returns 'died' when the process did not survive it. */
  ask(
    question: (id: number) => Question,
    payload: Uint8Array = new Uint8Array(),
  ): Promise<Answered | { readonly kind: 'died'; readonly cause: string }> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    if (this.#jobs.length >= MAX_WAITING)
      return Promise.reject(failed(`at most ${MAX_WAITING} pictures at once`, 'more'));
    return new Promise((resolve, reject) => {
      this.#jobs.push({ question: question(this.#nextId), payload, resolve, reject });
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
      else if (heard.kind === 'photo' || heard.kind === 'pass') this.#answer(child, heard);
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
      if (job !== undefined) child.send(job.question, job.payload);
      if (this.#sent === 0) this.#time(child);
    }
  }

  #time(child: Child): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => child.kill('it took too long'), this.#limits.answer);
  }

  #answer(child: Child, answer: Answered): void {
    const [job] = this.#jobs;
    const isExpected =
      job !== undefined && job.question.id === answer.id && ANSWER_TO[job.question.kind] === answer.kind;
    // Answers come in the order of the questions; anything else would put one person's face to another's name.
    if (child !== this.#child || this.#sent === 0 || !isExpected) {
      child.kill('it answered another photograph than it was given');
      return;
    }
    this.#jobs.shift();
    this.#sent -= 1;
    clearTimeout(this.#timer);
    if (this.#sent > 0) this.#time(child);
    job.resolve(answer);
    this.#feed();
  }

  /** The process works on one picture after the other, so the oldest without an answer is the one that ended it. */
  #onGone(cause: string): void {
    this.#child = undefined;
    clearTimeout(this.#timer);
    if (this.#over !== undefined) return;
    if (this.#sent > 0) this.#jobs.shift()?.resolve({ kind: 'died', cause });
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

const failed = (expected: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'vision-failed',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Look into the log for what the vision process wrote.',
  });

/** What the process may blame by its code; anything else is a failure of its own. */
const REPORTED: readonly ErrorCode[] = ['pack-unknown', 'pack-missing', 'pack-refused', 'model-failed'];

function toError({ code, message, hint }: Extract<Heard, { readonly kind: 'failed' }>): TwinstileError {
  const known = REPORTED.find((each) => each === code) ?? 'vision-failed';
  return new TwinstileError({ code: known, message, hint });
}
