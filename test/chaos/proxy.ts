/** A network between a box and its broker that can be slow, silent or cut. */
import { createServer, connect as dial, type Socket } from 'node:net';
import type { Scope } from './scope.js';

export interface Proxy {
  readonly url: string;
  /** Nothing passes any more, and nobody is told: a cable pulled behind the switch. */
  silence(): void;
  /** What waited passes, as TCP would send it again. */
  resume(): void;
  /** Every connection breaks now, or once `bytes` more have come from the box. */
  cut(bytes?: number): void;
  /** Nobody gets through until `mend`. */
  refuse(): void;
  mend(): void;
}

/** @param options.delayMs each way; @param options.bytesPerSecond each way. */
export async function openProxy(
  scope: Scope,
  target: string,
  { delayMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY } = {},
): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let silent = false;
  let refusing = false;
  let left = Number.POSITIVE_INFINITY;
  let wake: (() => void)[] = [];
  const heard = () => (silent ? new Promise<void>((resolve) => wake.push(resolve)) : undefined);
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const cutNow = () => {
    left = Number.POSITIVE_INFINITY;
    for (const socket of sockets) socket.destroy();
  };
  const carry = async (from: Socket, to: Socket, isBox: boolean) => {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        await heard();
        if (delayMs > 0) await sleep(delayMs);
        if (Number.isFinite(bytesPerSecond)) await sleep((1000 * chunk.length) / bytesPerSecond);
        await heard();
        const part = isBox && chunk.length > left ? chunk.subarray(0, left) : chunk;
        to.write(part);
        if (!isBox) continue;
        left -= chunk.length;
        if (left <= 0) return setTimeout(cutNow, 1);
      }
      to.end();
    } catch {
      // A connection that breaks is what this proxy is for.
      to.destroy();
    }
  };
  const server = createServer((box) => {
    if (refusing) return box.destroy();
    const broker = dial(Number(port), hostname);
    for (const socket of [box, broker]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        // While nothing passes, not even the end of it does.
        if (!silent) for (const other of [box, broker]) other.destroy();
      });
    }
    void carry(box, broker, true);
    void carry(broker, box, false);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  scope.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: `mqtt://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    silence() {
      silent = true;
    },
    resume() {
      silent = false;
      for (const one of wake) one();
      wake = [];
    },
    cut(bytes) {
      if (bytes === undefined) cutNow();
      else left = bytes;
    },
    refuse() {
      refusing = true;
      cutNow();
    },
    mend() {
      refusing = false;
    },
  };
}
