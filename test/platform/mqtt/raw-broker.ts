/** Plays a broker byte by byte, for answers that no real broker gives on request. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export const PACKET = { connect: 1, publish: 3, subscribe: 8 } as const;

/** MQTT 5, 3.2: accepted, without properties. */
export const CONNACK = Uint8Array.of(0x20, 0x03, 0x00, 0x00, 0x00);

/** @param onPacket receives each complete packet and its type (MQTT 5, 2.1.2). @returns the address. */
export async function rawBrokerFor(
  t: Pick<TestContext, 'after'>,
  onPacket: (type: number, packet: Buffer, socket: Socket) => void,
): Promise<string> {
  const server = createServer((socket) => {
    t.after(() => socket.destroy());
    socket.on('error', () => {});
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (let end = packetEnd(received); end !== undefined; end = packetEnd(received)) {
        const packet = received.subarray(0, end);
        received = received.subarray(end);
        onPacket((packet[0] ?? 0) >> 4, packet, socket);
      }
    });
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('Server has no address.');
  return `mqtt://127.0.0.1:${address.port}`;
}

/** The packet's length by its variable byte integer (MQTT 5, 1.5.5); undefined when it is not complete. */
function packetEnd(bytes: Buffer): number | undefined {
  let length = 0;
  for (let at = 1; at < Math.min(5, bytes.length); at += 1) {
    const byte = bytes[at] as number;
    length += (byte & 0x7f) * 128 ** (at - 1);
    if ((byte & 0x80) === 0) return at + 1 + length <= bytes.length ? at + 1 + length : undefined;
  }
  return undefined;
}
