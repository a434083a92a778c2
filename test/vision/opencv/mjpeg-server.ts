/**
 * A network camera in a process of its own (reading blocks the test's): MJPEG over HTTP, 25 pictures a second.
 * Picture n is picture n modulo the number of files in the folder, counted from the first request on.
 *
 *   mjpeg-server.ts FOLDER [PORT] [PICTURES] [LATE]   prints its port; the first picture comes LATE ms after the request, and
 *                                                     after PICTURES pictures it falls silent
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const [folder = '.', port = '0', pictures = 'Infinity', late = '0'] = process.argv.slice(2);
const files = readdirSync(folder)
  .sort()
  .map((name) => readFileSync(join(folder, name)));

const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=picture' });
  const began = performance.now() + Number(late);
  let sent = 0;
  const timer = setInterval(() => {
    while (sent < Math.min(Number(pictures), (performance.now() - began) / 40)) {
      const file = files[sent % files.length] ?? Buffer.alloc(0);
      response.write(`--picture\r\ncontent-type: image/jpeg\r\ncontent-length: ${file.length}\r\n\r\n`);
      response.write(file);
      response.write('\r\n');
      sent += 1;
    }
  }, 5);
  response.on('close', () => clearInterval(timer));
});
server.listen(Number(port), '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
