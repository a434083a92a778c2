/** Serves one client of core's socket: greeting first, then a few requests at a time, each ended by one answer. */
import { TwinstileError } from '../../base/errors.js';
import type { LaneId } from '../../base/ids.js';
import type { LocalConnection, OnMessage } from '../../platform/local-socket/local-server.js';
import type { CaptureProgress } from '../../records/enrollment/look-capture.js';
import type { Actor } from '../../records/journal/act.js';
import {
  CORE_PROTOCOL,
  type CoreEvent,
  type CoreRequest,
  coreRequest,
  type DisputedEvent,
  type EnrolledEvent,
  type FollowEvent,
  failureOf,
  type PictureEvent,
  type WithoutId,
} from './core-messages.js';
import type { LivePicture } from './live-views.js';

type CoreRequestOf<Kind extends CoreRequest['kind']> = Extract<CoreRequest, { readonly kind: Kind }>;
export type EnrollRequest = Omit<CoreRequestOf<'enroll'>, 'kind' | 'id'>;
export type DisputeRequest = Omit<CoreRequestOf<'dispute'>, 'kind' | 'id'>;
export type Enrolled = Omit<EnrolledEvent, 'kind' | 'id'>;
export type Disputed = Omit<DisputedEvent, 'kind' | 'id'>;

/** What core does for its clients. */
export interface CoreServices {
  readonly site: string;
  readonly lanes: readonly string[];
  /** Rejects with a TwinstileError; nothing is stored then. */
  enroll(request: EnrollRequest, actor: Actor, watch: EnrollWatch): Promise<Enrolled>;
  /** @param lane at which the decision must have been made; absent: any. */
  dispute(request: DisputeRequest, actor: Actor, lane?: LaneId): Promise<Disputed>;
  /** One picture of a live view, with the numbers of its frame. */
  picture(lane: string, actor: Actor): Promise<LivePicture>;
  /** Sends until the signal aborts. */
  follow(after: number | undefined, send: (item: Followed) => void, signal: AbortSignal): Promise<void>;
}

export type Followed = WithoutId<FollowEvent>;

export interface EnrollWatch {
  readonly onProgress: (progress: CaptureProgress) => void;
  /** Aborts when the client cancels or is gone. */
  readonly signal: AbortSignal;
}

/** A client at a terminal has one; a console one for each lane that is watched and some for each page. */
const MAX_REQUESTS = 32;

/** @param onFault a fault of this program, for the log. */
export function serveCoreClient(
  connection: LocalConnection,
  services: CoreServices,
  onFault: (error: unknown) => void,
): OnMessage {
  const session = new CoreSession(connection, services, onFault);
  return (header) => session.receive(coreRequest.parse(header));
}

class CoreSession {
  readonly #connection: LocalConnection;
  readonly #services: CoreServices;
  readonly #onFault: (error: unknown) => void;
  readonly #running = new Map<string, AbortController>();
  #actor: Actor | undefined;

  constructor(connection: LocalConnection, services: CoreServices, onFault: (error: unknown) => void) {
    this.#connection = connection;
    this.#services = services;
    this.#onFault = onFault;
  }

  /** @throws TwinstileError 'socket-protocol', which ends the connection. */
  receive(request: CoreRequest): void {
    if (request.kind === 'hello') {
      this.#greet(request);
      return;
    }
    const actor = this.#actor;
    if (actor === undefined) throw misused('a greeting first', request.kind);
    switch (request.kind) {
      case 'cancel':
        this.#running.get(request.id)?.abort();
        break;
      case 'enroll':
        this.#enroll(request, actor);
        break;
      case 'dispute':
        this.#dispute(request, actor);
        break;
      case 'picture':
        this.#picture(request, actor);
        break;
      case 'follow':
        this.#follow(request);
        break;
    }
  }

  #enroll({ kind: _, id, ...wanted }: CoreRequestOf<'enroll'>, actor: Actor): void {
    this.#run(id, async (signal) => {
      const onProgress = (progress: CaptureProgress): void =>
        this.#send({ kind: 'guidance', id, ...progress });
      const done = await this.#services.enroll(wanted, actor, { onProgress, signal });
      return { kind: 'enrolled', id, ...done };
    });
  }

  #dispute({ kind: _, id, ...wanted }: CoreRequestOf<'dispute'>, actor: Actor): void {
    this.#run(id, async () => {
      const done = await this.#services.dispute(wanted, actor);
      return { kind: 'disputed', id, ...done };
    });
  }

  #picture({ id, lane }: CoreRequestOf<'picture'>, actor: Actor): void {
    this.#run(id, async () => {
      const picture = await this.#services.picture(lane, actor);
      return picture.kind === 'none'
        ? { kind: 'no-picture', id, reason: picture.reason }
        : { event: pictureEvent(id, picture), payload: picture.bytes };
    });
  }

  #follow({ id, after }: CoreRequestOf<'follow'>): void {
    this.#run(id, async (signal) => {
      await this.#services.follow(after, (item) => this.#send({ id, ...item }), signal);
      return { kind: 'cancelled', id };
    });
  }

  #greet({ v, by }: CoreRequestOf<'hello'>): void {
    if (v !== CORE_PROTOCOL) throw misused(`version ${CORE_PROTOCOL}`, `version ${v}`);
    if (this.#actor !== undefined) throw misused('one greeting', 'a second one');
    this.#actor = by;
    const { site, lanes } = this.#services;
    this.#send({ kind: 'welcome', v: CORE_PROTOCOL, site, lanes: [...lanes] });
  }

  #run(id: string, work: (signal: AbortSignal) => Promise<Ending>): void {
    if (this.#running.has(id)) throw misused('a new id for each request', 'one that is in use');
    if (this.#running.size >= MAX_REQUESTS) {
      this.#send(failureOf(tooMany(), id));
      return;
    }
    const cancel = new AbortController();
    this.#running.set(id, cancel);
    const signal = AbortSignal.any([cancel.signal, this.#connection.gone]);
    void this.#finish(id, work(signal));
  }

  async #finish(id: string, work: Promise<Ending>): Promise<void> {
    try {
      const ending = await work;
      if ('event' in ending) this.#send(ending.event, ending.payload);
      else this.#send(ending);
    } catch (error) {
      if (!(error instanceof TwinstileError) || error.code === 'internal') this.#onFault(error);
      this.#send(failureOf(error, id));
    } finally {
      this.#running.delete(id);
    }
  }

  #send(event: CoreEvent, payload?: Uint8Array): void {
    this.#connection.send(event, payload);
  }
}

/** What a request ends with. */
type Ending = CoreEvent | { readonly event: CoreEvent; readonly payload: Uint8Array };

function pictureEvent(
  id: string,
  { frame, age, width, height }: Extract<LivePicture, { readonly kind: 'picture' }>,
): PictureEvent {
  return {
    kind: 'picture',
    id,
    seq: frame.seq,
    age_ms: Math.round(age),
    width,
    height,
    frame: { width: frame.width, height: frame.height },
    gate: frame.gate.who,
    faces: frame.faces.map(({ track, box, atGate, interOcular, problems }) => ({
      track,
      box,
      at_gate: atGate,
      inter_ocular: interOcular,
      problems: [...problems],
    })),
  };
}

const misused = (expected: string, got: string): TwinstileError =>
  new TwinstileError({ code: 'socket-protocol', message: `Expected ${expected}, got ${got}.` });

const tooMany = (): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected at most ${MAX_REQUESTS} requests at once, got one more.`,
    hint: 'Wait for the answer to one of them.',
  });
