/**
 * A network camera in a process of its own: RTSP over TCP with one MPEG-2 transport stream (RFC 2326, RFC 2250), 25
 * pictures a second from ffmpeg's test source, 320x240. Prints its port.
 *
 *   rtsp-server.ts [GOP] [JOIN]   a whole picture each GOP pictures; whoever plays comes in JOIN ms after the last one
 */
import { spawn } from 'node:child_process';
import { type AddressInfo, createServer, type Socket } from 'node:net';

const [gop = '10', join = '0'] = process.argv.slice(2);

const FILM = `-v error -re -f lavfi -i testsrc2=size=320x240:rate=25 -c:v mpeg2video -g ${gop} -bf 0 -sc_threshold 1000000000 -f mpegts -flush_packets 1 -`;

/** Seven packets of 188 bytes, as RFC 2250 packs them. */
const PAYLOAD = 7 * 188;

function play(socket: Socket): void {
  const film = spawn('ffmpeg', FILM.split(' '), { stdio: ['ignore', 'pipe', 'inherit'] });
  socket.on('close', () => film.kill('SIGKILL'));
  let rest: Buffer = Buffer.alloc(0);
  let sequence = 0;
  let began: number | undefined;
  film.stdout.on('data', (chunk: Buffer) => {
    began ??= performance.now();
    if (performance.now() - began < Number(join)) return;
    rest = Buffer.concat([rest, chunk]);
    for (; rest.length >= PAYLOAD; rest = rest.subarray(PAYLOAD)) {
      const head = Buffer.alloc(4 + 12);
      head.write('$', 0, 'latin1');
      head.writeUInt16BE(12 + PAYLOAD, 2);
      head.writeUInt8(0x80, 4);
      head.writeUInt8(33, 5);
      head.writeUInt16BE(sequence & 0xffff, 6);
      head.writeUInt32BE(Math.round(performance.now() * 90), 8);
      socket.write(Buffer.concat([head, rest.subarray(0, PAYLOAD)]));
      sequence += 1;
    }
  });
}

const SDP = 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nt=0 0\r\nm=video 0 RTP/AVP 33\r\na=control:one\r\n';

const answers: Readonly<Record<string, readonly string[]>> = {
  OPTIONS: ['Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN'],
  DESCRIBE: ['Content-Type: application/sdp', `Content-Length: ${SDP.length}`],
  SETUP: ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1', 'Session: 1'],
  PLAY: ['Session: 1'],
};

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    const [, method = '', sequence = ''] = /^(\w+) [\s\S]*?CSeq: (\d+)/i.exec(data.toString('latin1')) ?? [];
    const lines = ['RTSP/1.0 200 OK', `CSeq: ${sequence}`, ...(answers[method] ?? []), '', ''];
    // Data that is no request are the receiver's own reports.
    if (method === '') return;
    socket.write(lines.join('\r\n') + (method === 'DESCRIBE' ? SDP : ''));
    if (method === 'PLAY') play(socket);
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
