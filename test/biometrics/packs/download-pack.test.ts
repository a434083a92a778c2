import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { millis } from '../../../src/base/units.js';
import type { ModelFile } from '../../../src/biometrics/model-card.js';
import { bytesFrom, type Source } from '../../../src/biometrics/packs/download-pack.js';
import { changedIn, declared, files, folderFor } from './sample.js';
import { serverFor } from './server.js';

const bytes = files['encoder.onnx'];
/** Long enough for a busy machine to answer in. */
const SILENCE = millis(1000);
const file = declared('encoder.onnx', bytes);

async function fetched(of: ModelFile, source: Omit<Source, 'pack'> = {}): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytesFrom(of, { pack: 'mobile', ...source })) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('fetches from the address in the card and says how far it is', async (t) => {
  const base = await serverFor(t, (_request, response) => response.end(bytes));
  const seen: number[] = [];
  const got = await fetched(
    { ...file, url: `${base}/weights/encoder.onnx` },
    { onProgress: (_file, had) => seen.push(had) },
  );
  assert.deepEqual(got, bytes);
  assert.equal(seen[0], 0);
  assert.equal(seen.at(-1), bytes.length);
});

test('follows a redirection, as GitHub answers with one', async (t) => {
  const base = await serverFor(t, (request, response) =>
    request.url === '/raw' ? response.writeHead(302, { location: '/media' }).end() : response.end(bytes),
  );
  assert.deepEqual(await fetched({ ...file, url: `${base}/raw` }), bytes);
});

test('fetches from a mirror on the net, whose query stays', async (t) => {
  const asked: (string | undefined)[] = [];
  const base = await serverFor(t, (request, response) => {
    asked.push(request.url);
    response.end(bytes);
  });
  assert.deepEqual(await fetched(file, { mirror: `${base}/models/?key=1` }), bytes);
  assert.deepEqual(asked, ['/models/encoder.onnx?key=1']);
});

test('takes a file from a mirror folder, from the folder of the pack first', async (t) => {
  const mirror = await folderFor(t);
  await writeFile(path.join(mirror, 'encoder.onnx'), bytes);
  assert.deepEqual(await fetched(file, { mirror }), bytes);
  await mkdir(path.join(mirror, 'mobile'));
  const other = changedIn(bytes);
  await writeFile(path.join(mirror, 'mobile', 'encoder.onnx'), other);
  assert.deepEqual(await fetched(file, { mirror }), other);
});

for (const [name, answer, message] of [
  ['HTTP 404', (response: ServerResponse) => response.writeHead(404).end('gone'), /HTTP 404/],
  ['HTTP 500', (response: ServerResponse) => response.writeHead(500).end(), /HTTP 500/],
  [
    'too large a length announced',
    (response: ServerResponse) => response.writeHead(200, { 'content-length': 1e12 }).flushHeaders(),
    /1000000000000 announced/,
  ],
  [
    'endless data',
    (response: ServerResponse) => {
      // Its callback names what ended the connection: from then on there is nobody to write to.
      const more = (error?: Error | null): void => {
        if (error === undefined || error === null) response.write(Buffer.alloc(65_536), more);
      };
      more();
    },
    /got more/,
  ],
  [
    'data that ends early',
    (response: ServerResponse) => response.write(bytes.subarray(0, 10), () => response.end()),
    /got only 10/,
  ],
  [
    'a connection that breaks',
    (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 10), () => response.destroy());
    },
    /could not be downloaded from/,
  ],
  ['a server that never answers', () => {}, /nothing for 1 s/],
  [
    'a server that falls silent',
    (response: ServerResponse) => response.write(bytes.subarray(0, 10)),
    /nothing for 1 s/,
  ],
] as const) {
  test(`fails on ${name} and points to a mirror`, { timeout: 5000 }, async (t) => {
    const base = await serverFor(t, (_request, response) => void answer(response));
    await assert.rejects(fetched(file, { mirror: base, silence: SILENCE }), {
      code: 'download-failed',
      message,
      hint: /--mirror/,
    });
  });
}

test('a slow server that keeps sending is waited for', async (t) => {
  const base = await serverFor(t, (_request, response) => {
    let sent = 0;
    const timer = setInterval(() => {
      response.write(bytes.subarray(sent, sent + 10));
      sent += 10;
      if (sent >= bytes.length) {
        clearInterval(timer);
        response.end();
      }
    }, 100);
  });
  assert.deepEqual(await fetched(file, { mirror: base, silence: millis(300) }), bytes);
});

test('fails when nobody listens', async (t) => {
  const base = await serverFor(t, (_request, response) => response.end());
  const unused = base.replace(/\d+$/, '1');
  await assert.rejects(fetched(file, { mirror: unused }), {
    code: 'download-failed',
    message: /ECONNREFUSED|bad port/,
  });
});

test('fails without any address', async () => {
  await assert.rejects(fetched(file), { code: 'download-failed', message: /in its card, got none/ });
  await assert.rejects(fetched({ ...file, url: 'file:///etc/passwd' }), { message: /http\(s\) address/ });
});

test('fails on a mirror folder without the file, or with one of another size', async (t) => {
  const mirror = await folderFor(t);
  await assert.rejects(fetched(file, { mirror }), { code: 'download-failed', message: /got neither/ });
  await writeFile(path.join(mirror, 'encoder.onnx'), 'short');
  await assert.rejects(fetched(file, { mirror }), { code: 'download-failed', message: /got 5/ });
});

test('stops in the middle when asked to', { timeout: 5000 }, async (t) => {
  const base = await serverFor(t, (_request, response) => void response.write(bytes.subarray(0, 10)));
  const stop = new AbortController();
  const onProgress = (_file: ModelFile, had: number): void => {
    if (had > 0) stop.abort();
  };
  await assert.rejects(fetched(file, { mirror: base, signal: stop.signal, onProgress }), { code: 'stopped' });
  await assert.rejects(fetched(file, { mirror: base, signal: stop.signal }), { code: 'stopped' });
});
