/** Asks the running service over its socket, as a command at a terminal does. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { type ErrorCode, TwinstileError } from '../../base/errors.js';
import { connectLocalSocket, type LocalClient } from '../../platform/local-socket/local-client.js';
import type { Guidance } from '../../records/enrollment/guided-looks.js';
import type { CaptureProgress } from '../../records/enrollment/look-capture.js';
import type { Actor } from '../../records/journal/act.js';
import type { Config } from '../config/config-schema.js';
import { CORE_FORMAT, CORE_PROTOCOL, type CoreEvent, type CoreRequest, coreEvent } from './core-messages.js';
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
  close(): void;
}

/**
 * Connects and greets.
 * @throws TwinstileError 'socket-unreachable' | 'socket-protocol'.
 */
export async function connectCore(at: string, by: Actor): Promise<CoreClient> {
  const client = await connectLocalSocket(at, CORE_FORMAT);
  client.send({ kind: 'hello', v: CORE_PROTOCOL, by: { ...by } } satisfies CoreRequest);
  const welcome = await nextEvent(client);
  if (welcome.kind !== 'welcome') throw unexpected('a welcome', welcome.kind);
  const { site, lanes } = welcome;
  return {
    site,
    lanes,
    enroll: (request, onProgress, signal) =>
      enrollWith(client, { kind: 'enroll', id: randomUUID(), ...request }, onProgress, signal),
    async dispute(request) {
      client.send({ kind: 'dispute', id: randomUUID(), ...request } satisfies CoreRequest);
      const event = await nextEvent(client);
      if (event.kind !== 'disputed') throw unexpected('an answer to the dispute', event.kind);
      return event;
    },
    close: () => client.close(),
  };
}

async function enrollWith(
  client: LocalClient,
  request: Extract<CoreRequest, { readonly kind: 'enroll' }>,
  onProgress: (progress: CaptureProgress) => void,
  signal: AbortSignal,
): Promise<Enrolled> {
  // The service answers a cancelled request as well.
  const cancel = (): void => client.send({ kind: 'cancel', id: request.id } satisfies CoreRequest);
  client.send(request);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    for (;;) {
      const event = await nextEvent(client);
      if (event.kind === 'enrolled') return event;
      if (event.kind !== 'guidance') throw unexpected('guidance', event.kind);
      onProgress({ ...event, guidance: event.guidance as Guidance });
    }
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** @throws TwinstileError that the service reports, or 'socket-protocol'. */
async function nextEvent(client: LocalClient): Promise<Exclude<CoreEvent, { readonly kind: 'failed' }>> {
  const header = await client.next();
  if (header === undefined) throw unexpected('an answer of the service', 'the end of the connection');
  const parsed = coreEvent.safeParse(header);
  if (!parsed.success) throw unexpected('an event of the service', 'something else');
  const event = parsed.data;
  if (event.kind !== 'failed') return event;
  // The code of another build may be one that this one does not know; it is printed and compared, no more.
  throw new TwinstileError({ code: event.code as ErrorCode, message: event.message, hint: event.hint });
}

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
