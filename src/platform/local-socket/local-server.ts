/**
 * Serves framed messages on a unix socket, for other programs of this machine.
 *
 * Peers are checked by the permission of the file alone (0660): Node gives no SO_PEERCRED without an addon, so the kernel's
 * word on who is at the other end is not to be had. Everything that a peer can make large or frequent is bounded, because
 * this runs on the event loop that decides about people.
 */
import { chownSync, lstatSync, readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../base/clock.js';
import { explain, TwinstileError } from '../../base/errors.js';
import { createTokenBucket, type RateLimit } from '../../base/token-bucket.js';
import { clearSocketPath } from './clear-socket-path.js';
import { FrameDecoder, type FrameFormat, frameParts } from './message-frames.js';

/** One peer. */
export interface LocalConnection {
  /** Sends a message; a peer that does not read what it was sent is disconnected. */
  send(header: unknown, payload?: Uint8Array): void;
  end(): void;
  /** Aborts when the connection is gone. */
  readonly gone: AbortSignal;
}

/** Receives the messages of one peer; what it throws ends the connection. */
export type OnMessage = (header: unknown) => void;

export interface LocalServerOptions {
  /** Absolute, at most 107 bytes. */
  readonly path: string;
  /** Name of the group that may connect; absent: the one that the folder gives its files, or this user's own. */
  readonly group?: string;
  readonly format: FrameFormat;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly onConnection: (connection: LocalConnection) => OnMessage;
  /** A peer that was disconnected, and why. */
  readonly onFault: (detail: string) => void;
}

export interface LocalServer {
  readonly connections: number;
  close(): Promise<void>;
}

const MODE = 0o660;
/** sockaddr_un holds 108 bytes, the last of them zero. */
const MAX_PATH = 107;
/** Two consoles and some terminals. */
export const MAX_CONNECTIONS = 16;
/** A few for each action of a person, and one for each picture of a live view: four lanes at ten a second, and as much again. */
const MESSAGES: RateLimit = { burst: 100, perSecond: 80 };
const BYTES: RateLimit = { burst: 256 * 1024, perSecond: 64 * 1024 };
/** Some hundred messages that a peer did not read, and as many payloads as it may have asked for at once. */
const MAX_UNREAD_BYTES = 256 * 1024;
const MAX_UNREAD_PAYLOADS = 16;
/** Time from the connection to its first message, in ms. */
const FIRST_MESSAGE_MS = 5000;
/** Beyond it nothing is accepted for a while, so that connecting in a loop costs core nothing. */
const ACCEPTS: RateLimit = { burst: 40, perSecond: 4 };
const CLOSED_FOR_MS = 2000;

/**
 * Resolves when the socket accepts connections.
 * @throws TwinstileError 'config-invalid' for a path or group that cannot be used, or a path that another program serves.
 */
export async function serveLocalSocket(options: LocalServerOptions): Promise<LocalServer> {
  if (Buffer.byteLength(options.path) > MAX_PATH)
    throw unusable(`a path of at most ${MAX_PATH} bytes`, options.path, 'Name a shorter one.');
  await clearSocketPath(options.path);
  const server = new BoundedServer(options);
  await server.listen();
  return server;
}

class BoundedServer implements LocalServer {
  readonly #options: LocalServerOptions;
  readonly #accepts = createTokenBucket(ACCEPTS);
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #reopening: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: LocalServerOptions) {
    this.#options = options;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  listen(): Promise<void> {
    const { path, group } = this.#options;
    const server = createServer((socket) => this.#accept(socket));
    server.maxConnections = MAX_CONNECTIONS;
    server.on('drop', () => this.#spend());
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', (cause) => reject(unusable('a socket', explain(cause), `Look at ${path}.`)));
      server.once('listening', () => {
        server.on('error', (error) => this.#options.onFault(explain(error)));
        try {
          giveToGroup(path, group);
          resolve();
        } catch (error) {
          server.close();
          reject(error);
        }
      });
      // The file is made within this call: others may never connect, not even briefly.
      const before = process.umask(0o777 & ~MODE);
      try {
        server.listen(path);
      } finally {
        process.umask(before);
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#reopening);
    for (const socket of this.#sockets) socket.destroy();
    await this.#stopListening();
  }

  #accept(socket: Socket): void {
    if (!this.#spend()) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    serveSocket(socket, this.#options);
  }

  /** Counts one connection; beyond the rate nothing more is accepted for a while. */
  #spend(): boolean {
    if (this.#accepts.take(this.#options.clock.monotonic())) return true;
    if (this.#reopening !== undefined || this.#closed) return false;
    this.#options.onFault('too many connections in a short time; none is accepted for 2 s');
    this.#reopening = setTimeout(() => {
      this.#reopening = undefined;
      this.listen().catch((error) => this.#options.onFault(explain(error)));
    }, CLOSED_FOR_MS);
    void this.#stopListening();
    return false;
  }

  /** Resolves once nothing is accepted any more; connections go on. */
  #stopListening(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    return new Promise((resolve) => {
      if (server === undefined) return resolve();
      server.close(() => resolve());
      if (this.#sockets.size > 0) resolve();
    });
  }
}

function serveSocket(socket: Socket, { format, clock, onConnection, onFault }: LocalServerOptions): void {
  const gone = new AbortController();
  // A client sends no payload.
  const decoder = new FrameDecoder({ ...format, payload: 0 });
  const maxUnread = MAX_UNREAD_BYTES + MAX_UNREAD_PAYLOADS * format.payload;
  const [messages, bytes] = [createTokenBucket(MESSAGES), createTokenBucket(BYTES)];
  const disconnect = (detail: string): void => {
    if (socket.destroyed) return;
    onFault(detail);
    socket.destroy();
  };
  const onMessage = onConnection({
    gone: gone.signal,
    send(header, payload) {
      if (socket.destroyed) return;
      for (const part of frameParts(format, header, payload)) socket.write(part);
      if (socket.writableLength > maxUnread) disconnect('a peer does not read what it is sent');
    },
    end: () => void socket.end(),
  });
  const silence = setTimeout(() => disconnect('a peer connected and sent nothing'), FIRST_MESSAGE_MS);
  socket.once('close', () => {
    clearTimeout(silence);
    gone.abort();
  });
  // The reason is of no use: 'close' follows.
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    const now = clock.monotonic();
    if (!bytes.take(now, chunk.length)) return disconnect('a peer sent too many bytes');
    try {
      for (const { header } of decoder.push(chunk)) {
        clearTimeout(silence);
        if (!messages.take(now)) return disconnect('a peer sent too many messages');
        onMessage(header);
        if (socket.destroyed) return;
      }
    } catch (error) {
      disconnect(explain(error));
    }
  });
}

/** @throws TwinstileError 'config-invalid': a socket that the wrong group may use is worse than none. */
function giveToGroup(path: string, group: string | undefined): void {
  const made = lstatSync(path);
  if ((made.mode & 0o777) !== MODE)
    throw unusable('a socket of mode 0660', `0${(made.mode & 0o777).toString(8)}`, 'Name another folder.');
  if (group === undefined) return;
  const id = groupId(group);
  if (id === undefined)
    throw unusable(`a group of this machine`, `"${group}"`, `Make it with: groupadd --system ${group}`);
  if (made.gid === id) return;
  try {
    chownSync(path, made.uid, id);
  } catch (cause) {
    throw unusable(
      `to give ${path} to the group ${group}`,
      explain(cause),
      'Make this user a member of it, or put the socket into a folder of that group with the setgid bit.',
    );
  }
}

/** Reads the list of groups, because Node has no call for it; groups of a directory service are not in it. */
const groups = (): readonly (readonly string[])[] =>
  readFileSync('/etc/group', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));

function groupId(name: string): number | undefined {
  const found = groups().find(([known]) => known === name);
  return found === undefined ? undefined : Number(found[2]);
}

/** Returns the name of a group, or its number where the list of this machine has none. */
export const groupName = (gid: number): string =>
  groups().find(([, , id]) => id === `${gid}`)?.[0] ?? `${gid}`;

const unusable = (expected: string, got: string, hint: string): TwinstileError =>
  new TwinstileError({ code: 'config-invalid', message: `Expected ${expected}, got ${got}.`, hint });
