/** Connects to a unix socket of this machine that serves framed messages. */

import { connect, type Socket } from 'node:net';
import { TwinstileError } from '../../base/errors.js';
import { faultOf } from '../../base/system-error.js';
import { FrameDecoder, type FramedMessage, type FrameFormat, frameParts } from './message-frames.js';

export interface LocalClient {
  send(header: unknown): void;
  /** The next message, in order; undefined once the connection has ended. Rejects for a stream that breaks the format. */
  next(): Promise<FramedMessage | undefined>;
  close(): void;
}

/**
 * Resolves when connected.
 * @throws TwinstileError 'socket-unreachable' with what to do about it.
 */
export async function connectLocalSocket(path: string, format: FrameFormat): Promise<LocalClient> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error: NodeJS.ErrnoException) => reject(unreachable(path, error)));
  });
  return new FramedClient(socket, format);
}

class FramedClient implements LocalClient {
  readonly #socket: Socket;
  readonly #format: FrameFormat;
  readonly #ready: FramedMessage[] = [];
  #waiting:
    | {
        readonly resolve: (value: FramedMessage | undefined) => void;
        readonly reject: (error: unknown) => void;
      }
    | undefined;
  #end: { readonly error?: unknown } | undefined;

  constructor(socket: Socket, format: FrameFormat) {
    this.#socket = socket;
    this.#format = format;
    const decoder = new FrameDecoder(format);
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const { header, payload } of decoder.push(chunk))
          this.#take({ header, payload: Buffer.from(payload) });
      } catch (error) {
        this.#finish({ error });
        socket.destroy();
      }
    });
    socket.on('error', () => {});
    socket.once('close', () => this.#finish({}));
  }

  send(header: unknown): void {
    for (const part of frameParts(this.#format, header)) this.#socket.write(part);
  }

  next(): Promise<FramedMessage | undefined> {
    if (this.#ready.length > 0) return Promise.resolve(this.#ready.shift());
    if (this.#end !== undefined)
      return 'error' in this.#end ? Promise.reject(this.#end.error) : Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(message: FramedMessage): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#ready.push(message);
    else waiting.resolve(message);
  }

  #finish(end: { readonly error?: unknown }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if ('error' in end) waiting?.reject(end.error);
    else waiting?.resolve(undefined);
  }
}

function unreachable(path: string, error: NodeJS.ErrnoException): TwinstileError {
  const hint =
    error.code === 'EACCES'
      ? 'Run this as the user of the service, or as a member of the group of the socket.'
      : 'Is the service running, with this configuration? See: systemctl status twinstile';
  return new TwinstileError({
    code: 'socket-unreachable',
    message: `Expected the service at ${path}, got ${error.code === 'ECONNREFUSED' ? 'a socket that nothing serves' : faultOf(error)}.`,
    hint,
  });
}
