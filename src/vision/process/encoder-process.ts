/** Keeps a process that works on one picture after the other: one that kills it costs that picture and nothing else. */

import { compact } from '../../base/compact.js';
import { type Backoff, delayAfter, pause } from '../../base/delay.js';
import { type ErrorCode, TwinstileError } from '../../base/errors.js';
import { type Millis, millis } from '../../base/units.js';
import type { EncoderSettings, ReadyReport } from '../ports/vision.js';
import type { ProcessStart } from './vision-child.js';
import {
  openVisionClient,
  type ProcessEnd,
  type RequestWithoutId,
  type ResponseOutcome,
  type VisionClient,
} from './vision-client.js';
import type { VisionRequest } from './vision-requests.js';

export interface EncoderStart extends ProcessStart {
  readonly setup: EncoderSettings;
  readonly limits?: Partial<EncoderLimits>;
  /** How often a process that ended is started again before the encoder gives up; 3 when absent, 0 for never. */
  readonly restarts?: number;
}

export interface EncoderLimits {
  /** Longest for one request, counted from when the process turns to it. */
  readonly answer: Millis;
  /** Longest until the networks are loaded: ten seconds on a slow box. */
  readonly ready: Millis;
}

const LIMITS: EncoderLimits = { answer: millis(30_000), ready: millis(60_000) };
/** One is worked on while the next waits in the pipe; more would only fill memory. */
const MAX_IN_FLIGHT = 3;
/** Each waiting photograph is held in memory by its caller, who should wait for answers before handing in more. */
const MAX_WAITING = 1000;
const RESTARTS = 3;
const BACKOFF: Backoff = { first: millis(250), factor: 2, longest: millis(2000) };

export type EncoderRequestKind = Extract<VisionRequest['kind'], 'photo' | 'crop' | 'look-at-pass' | 'canary'>;
export type EncoderRequest<Kind extends EncoderRequestKind> = RequestWithoutId<Kind>;
export type EncoderOutcome<Kind extends EncoderRequestKind> = Exclude<
  ResponseOutcome<Kind>,
  { readonly kind: 'late' }
>;

interface Job {
  readonly request: EncoderRequest<EncoderRequestKind>;
  readonly payload: Uint8Array;
  readonly resolve: (outcome: EncoderOutcome<EncoderRequestKind>) => void;
  readonly reject: (error: TwinstileError) => void;
}

/**
 * Ready after `start`. @throws TwinstileError 'vision-failed', or what the process reports of itself, such as 'pack-missing'.
 * `request` rejects with 'vision-failed' when no process can be started any more and with 'stopped' after `close`.
 */
export class EncoderProcess {
  readonly #options: EncoderStart;
  readonly #limits: EncoderLimits;
  /** In order of arrival; the first `#sent` of them are with the process. */
  #jobs: Job[] = [];
  #sent = 0;
  #client: VisionClient | undefined;
  /** Not ready yet. */
  #starting: VisionClient | undefined;
  /** Why no more requests are accepted. */
  #closed: TwinstileError | undefined;

  constructor(options: EncoderStart) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...compact(options.limits ?? {}) };
  }

  /** @returns 'ended' when the process did not survive it. */
  request<Kind extends EncoderRequestKind>(
    request: EncoderRequest<Kind>,
    payload: Uint8Array = new Uint8Array(),
  ): Promise<EncoderOutcome<Kind>> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (this.#jobs.length >= MAX_WAITING)
      return Promise.reject(failed(`at most ${MAX_WAITING} pictures at once`, 'more'));
    return new Promise((resolve, reject) => {
      this.#jobs.push({ request, payload, resolve: resolve as Job['resolve'], reject });
      this.#feed();
    });
  }

  async close(): Promise<void> {
    this.#refuse(
      new TwinstileError({ code: 'stopped', message: 'Expected an open encoder, got a closed one.' }),
    );
    await Promise.all([this.#client?.stop(), this.#starting?.stop()]);
  }

  /**
   * @param attempts how often to try; the last failure is thrown.
   * @returns what the process reports when its networks are loaded; undefined when it was closed meanwhile.
   */
  async start(attempts: number): Promise<ReadyReport | undefined> {
    for (let failures = 0; this.#closed === undefined; ) {
      try {
        return await this.#startOnce();
      } catch (error) {
        failures += 1;
        if (failures >= attempts) throw error;
        await pause(delayAfter(failures, BACKOFF));
      }
    }
    return undefined;
  }

  async #startOnce(): Promise<ReadyReport | undefined> {
    let onReady = (_: ReadyReport): void => {};
    const isReady = new Promise<ReadyReport>((resolve) => {
      onReady = resolve;
    });
    const setup = { kind: 'encode-photos', settings: this.#options.setup } as const;
    const client = openVisionClient(this.#options, setup, (report) => {
      if (report.kind === 'ready') onReady(report);
    });
    this.#starting = client;
    const timer = setTimeout(
      () => client.kill(`it was not ready within ${this.#limits.ready / 1000} s`),
      this.#limits.ready,
    );
    const first = await Promise.race([isReady, client.gone]);
    clearTimeout(timer);
    this.#starting = undefined;
    if (!('kind' in first)) throw startError(first);
    if (this.#closed !== undefined) await client.stop();
    else this.#use(client);
    return first;
  }

  #use(client: VisionClient): void {
    this.#client = client;
    this.#sent = 0;
    void client.gone.then((end) => this.#onGone(end));
    this.#feed();
  }

  #feed(): void {
    const client = this.#client;
    if (client === undefined) return;
    for (; this.#sent < Math.min(MAX_IN_FLIGHT, this.#jobs.length); this.#sent += 1) {
      const job = this.#jobs[this.#sent];
      if (job !== undefined) void this.#send(client, job);
    }
  }

  async #send(client: VisionClient, { request, payload, resolve }: Job): Promise<void> {
    const outcome = await client.request(request, { payload, limit: this.#limits.answer });
    // Of a process that ended `#onGone` decides who is answered and who is asked again.
    if (outcome.kind !== 'answered' || client !== this.#client) return;
    this.#jobs.shift();
    this.#sent -= 1;
    resolve(outcome);
    this.#feed();
  }

  /** The process works on one picture after the other, so the oldest without an answer is the one that ended it. */
  #onGone(end: ProcessEnd): void {
    this.#client = undefined;
    if (this.#closed !== undefined) return;
    if (this.#sent > 0) this.#jobs.shift()?.resolve({ kind: 'ended', end });
    this.#sent = 0;
    const { restarts = RESTARTS } = this.#options;
    const refuse = (error: unknown): void =>
      this.#refuse(error instanceof TwinstileError ? error : failed('a vision process', String(error)));
    if (restarts === 0) refuse(end.cause);
    else this.start(restarts).catch(refuse);
  }

  #refuse(error: TwinstileError): void {
    this.#closed ??= error;
    for (const job of this.#jobs.splice(0)) job.reject(this.#closed);
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

function startError({ cause, failure }: ProcessEnd): TwinstileError {
  if (failure === undefined) return failed('a vision process', cause);
  const { code, message, hint } = failure;
  const known = REPORTED.find((each) => each === code) ?? 'vision-failed';
  return new TwinstileError({ code: known, message, hint });
}

/** What the process reported of itself, or else how it ended. */
export const describeEnd = ({ cause, failure }: ProcessEnd): string =>
  failure === undefined ? cause : `${failure.code}: ${failure.message}`;
