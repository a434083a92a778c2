/** Asks the running service over its socket, as a command at a terminal does. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { type ErrorCode, TwinstileError } from '../../base/errors.js';
import { connectLocalSocket, type LocalClient } from '../../platform/local-socket/local-client.js';
import type { Guidance } from '../../records/enrollment/guided-looks.js';
import type { CaptureProgress } from '../../records/enrollment/look-capture.js';
import type { Actor } from '../../records/journal/act.js';
import type { Config } from '../config/config-schema.js';
import {
  CORE_FORMAT,
  CORE_PROTOCOL,
  type CoreEvent,
  type CoreRequest,
  coreEvent,
  type FollowEvent,
  type PictureEvent,
  type WithoutId,
} from './core-messages.js';
import type { Disputed, DisputeRequest, Enrolled, EnrollRequest } from './core-session.js';

export interface CoreClient {
  readonly site: string;
  readonly lanes: readonly string[];
  /** @throws TwinstileError of the service; when the signal aborts, nothing is enrolled. */
  enroll(
    request: EnrollRequest,
    onProgress: (progress: CaptureProgress) => void,
    signal: AbortSignal,
  ): Promise<Enrolled>;
  dispute(request: DisputeRequest): Promise<Disputed>;
  /** One picture of a live view, or why there is none. */
  picture(lane: string): Promise<PictureAnswer>;
  /**
   * States of the lanes and rows of the journal as they come, until the signal aborts.
   * @param after number of the last row that is known; absent: only what is new.
   */
  follow(after: number | undefined, onItem: (item: FollowEvent) => void, signal: AbortSignal): Promise<void>;
  close(): void;
}

type PictureAnswer =
  | (PictureEvent & { readonly jpeg: Buffer })
  | Extract<CoreEvent, { readonly kind: 'no-picture' }>;

/**
 * Connects and greets.
 * @throws TwinstileError 'socket-unreachable' | 'socket-protocol'.
 */
export async function connectCore(at: string, by: Actor): Promise<CoreClient> {
  const client = await connectLocalSocket(at, CORE_FORMAT);
  client.send({ kind: 'hello', v: CORE_PROTOCOL, by: { ...by } } satisfies CoreRequest);
  const welcome = (await nextMessage(client)).event;
  if (welcome.kind === 'failed') throw reported(welcome);
  if (welcome.kind !== 'welcome') throw unexpected('a welcome', welcome.kind);
  return new CoreConnection(client, welcome);
}

interface CoreMessage {
  readonly event: CoreEvent;
  readonly payload: Buffer;
}

/** Distributes what comes to the requests that it belongs to. */
class CoreConnection implements CoreClient {
  readonly site: string;
  readonly lanes: readonly string[];
  readonly #client: LocalClient;
  readonly #pending = new Map<string, PendingRequest>();
  #end: unknown;

  constructor(
    client: LocalClient,
    { site, lanes }: Pick<Extract<CoreEvent, { readonly kind: 'welcome' }>, 'site' | 'lanes'>,
  ) {
    this.site = site;
    this.lanes = lanes;
    this.#client = client;
    void this.#receive();
  }

  async enroll(
    request: EnrollRequest,
    onProgress: (progress: CaptureProgress) => void,
    signal: AbortSignal,
  ): Promise<Enrolled> {
    const { event } = await this.#request(
      { kind: 'enroll', ...request },
      ({ event: one }) => {
        if (one.kind === 'guidance') onProgress({ ...one, guidance: one.guidance as Guidance });
      },
      signal,
    );
    if (event.kind !== 'enrolled') throw unexpected('an enrollment', event.kind);
    return event;
  }

  async dispute(request: DisputeRequest): Promise<Disputed> {
    const { event } = await this.#request({ kind: 'dispute', ...request });
    if (event.kind !== 'disputed') throw unexpected('an answer to the dispute', event.kind);
    return event;
  }

  async picture(lane: string): Promise<PictureAnswer> {
    const { event, payload } = await this.#request({ kind: 'picture', lane });
    if (event.kind === 'picture') return { ...event, jpeg: payload };
    if (event.kind !== 'no-picture') throw unexpected('a picture', event.kind);
    return event;
  }

  async follow(
    after: number | undefined,
    onItem: (item: FollowEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { event } = await this.#request(
      { kind: 'follow', after },
      ({ event: one }) => {
        if (one.kind === 'state' || one.kind === 'rows') onItem(one);
      },
      signal,
    );
    if (event.kind !== 'cancelled') throw unexpected('the end that was asked for', event.kind);
  }

  close(): void {
    this.#client.close();
  }

  /** Resolves with the message that ends the request. A signal that aborts cancels it; the service answers that as well. */
  async #request(
    request: RequestWithoutId,
    onEvent: (message: CoreMessage) => void = () => {},
    signal?: AbortSignal,
  ): Promise<CoreMessage> {
    if (this.#end !== undefined) throw this.#end;
    const id = randomUUID();
    const cancel = (): void => this.#client.send({ kind: 'cancel', id } satisfies CoreRequest);
    try {
      const ended = new Promise<CoreMessage>((resolve, reject) => {
        this.#pending.set(id, { onEvent, resolve, reject });
      });
      this.#client.send({ ...request, id } satisfies CoreRequest);
      signal?.addEventListener('abort', cancel, { once: true });
      if (signal?.aborted === true) cancel();
      return await ended;
    } finally {
      this.#pending.delete(id);
      signal?.removeEventListener('abort', cancel);
    }
  }

  async #receive(): Promise<void> {
    try {
      for (;;) this.#distribute(await nextMessage(this.#client));
    } catch (error) {
      this.#end = error;
      for (const { reject } of this.#pending.values()) reject(error);
    }
  }

  #distribute(message: CoreMessage): void {
    const { event } = message;
    if (event.kind === 'welcome') throw unexpected('one welcome', 'a second one');
    if (event.id === undefined) throw event.kind === 'failed' ? reported(event) : unexpected('an id', 'none');
    const pending = this.#pending.get(event.id);
    if (event.kind === 'failed') pending?.reject(reported(event));
    else if (GOES_ON.has(event.kind)) pending?.onEvent(message);
    else pending?.resolve(message);
  }
}

/** Events after which a request goes on. */
const GOES_ON: ReadonlySet<CoreEvent['kind']> = new Set(['guidance', 'state', 'rows']);

interface PendingRequest {
  readonly onEvent: (message: CoreMessage) => void;
  readonly resolve: (message: CoreMessage) => void;
  readonly reject: (error: unknown) => void;
}

type RequestWithoutId = WithoutId<Exclude<CoreRequest, { readonly kind: 'hello' | 'cancel' }>>;

/** @throws TwinstileError 'socket-protocol'. */
async function nextMessage(client: LocalClient): Promise<CoreMessage> {
  const message = await client.next();
  if (message === undefined) throw unexpected('an answer of the service', 'the end of the connection');
  const parsed = coreEvent.safeParse(message.header);
  if (!parsed.success) throw unexpected('an event of the service', 'something else');
  return { event: parsed.data, payload: message.payload };
}

/** The code of another build may be one that this one does not know; it is printed and compared, no more. */
const reported = ({ code, message, hint }: Extract<CoreEvent, { readonly kind: 'failed' }>): TwinstileError =>
  new TwinstileError({ code: code as ErrorCode, message, hint });

const unexpected = (expected: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'socket-protocol',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Look into the log of the service, and check that it is of the same build.',
  });

/** Where core's socket is. */
export const socketPath = ({
  data_dir: folder,
  local_socket: { path: configured },
}: Pick<Config, 'data_dir' | 'local_socket'>): string => configured ?? path.join(folder, 'core.sock');
