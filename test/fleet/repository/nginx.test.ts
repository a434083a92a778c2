/** A real web server between registrar and box, and what it and the network can do to a download. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { TwinstileError } from '../../../src/base/errors.js';
import { blobFolder } from '../../../src/fleet/repository/blob-folder.js';
import { httpSource } from '../../../src/fleet/repository/http-source.js';
import { type Blob, blobPath } from '../../../src/fleet/segments/manifest.js';
import { fetchBlob } from '../../../src/fleet/sync/fetch-blobs.js';
import { enrolled, fleetWorld } from '../../fixtures/fleet-world.js';
import { noNginx, startNginx } from '../../fixtures/nginx.js';

const skip = noNginx;
const LIMITS = { silence: 400, total: 60_000 };

async function served(t: TestContext, lines = '', limits = LIMITS) {
  const world = await fleetWorld();
  await mkdir(world.places.out, { recursive: true });
  const nginx = await startNginx(world.places.out, lines);
  t.after(() => nginx.stop());
  const source = (below = '') => {
    const made = httpSource(new URL(below, nginx.url), undefined, limits);
    t.after(() => made.close());
    return made;
  };
  const log = async () => (await readFile(nginx.log, 'utf8')).trim().split('\n').slice(1);
  return { world, nginx, source, log };
}

/** A blob of many pieces, as a model is, in the repository. */
async function large(
  out: string,
  size = 3_000_000,
): Promise<{ readonly blob: Blob; readonly bytes: Buffer }> {
  const bytes = randomBytes(size);
  const blob: Blob = [createHash('sha256').update(bytes).digest('hex'), size];
  const file = path.join(out, blobPath(blob[0]));
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
  return { blob, bytes };
}

const fails = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof TwinstileError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  return true;
};

test('a gallery comes through nginx, then only what changed, then nothing', { skip }, async (t) => {
  const { world, source, log } = await served(t);
  const box = await world.device('gate-1');
  await world.registrar.apply(Array.from({ length: 100 }, (_, i) => enrolled(`p${i}`)).flat());
  await world.publish();
  assert.equal((await box.sync(source())).result, 'applied');
  await world.registrar.apply(enrolled('p7', 'renamed'));
  await world.publish();
  const before = (await log()).length;
  assert.equal((await box.sync(source())).result, 'applied');
  assert.ok((await box.people()).includes('p7 renamed 1'));
  const lines = (await log()).slice(before);
  assert.equal(
    lines.filter((line) => line.includes('/blobs/')).length,
    3,
    'one shelf, the envelope, one segment',
  );
  assert.ok(lines.every((line) => /^(200|404) \d+ - /.test(line)));
  await box.sync(source());
  assert.equal((await log()).length, before + lines.length + 2, 'the next root and the timestamp');
});

test('a file whose download broke off goes on where it was', { skip }, async (t) => {
  const { world, source, log } = await served(
    t,
    'location /slow/ { rewrite ^/slow(/.*)$ $1 break; limit_rate 1m; }',
  );
  const { blob, bytes } = await large(world.places.out);
  const kept = blobFolder(path.join(world.folder, 'kept'));
  const stop = new AbortController();
  const slow = fetchBlob({ source: source('slow/'), kept }, blob, stop.signal);
  const part = path.join(world.folder, 'kept', `.part-${blob[0]}`);
  const sizeKept = async (): Promise<number> => (await stat(part).catch(() => undefined))?.size ?? 0;
  for (let tries = 0; tries < 500 && (await sizeKept()) < 262_144; tries += 1) await pause(10);
  assert.ok((await sizeKept()) >= 262_144, 'it is kept while it comes, as for a kill -9');
  stop.abort();
  await assert.rejects(slow, fails('stopped', /stopped on request/));
  const { size } = await stat(part);
  assert.ok(size < bytes.length, `${size}`);
  assert.deepEqual(await fetchBlob({ source: source(), kept }, blob), bytes);
  const last = (await log()).at(-1) ?? '';
  assert.equal(last, `206 ${bytes.length - size} bytes=${size}- /${blobPath(blob[0])}`);
  assert.deepEqual(await readdir(path.join(world.folder, 'kept')), [blob[0]], 'the part is gone');
});

for (const [name, part] of [
  [
    'that is damaged',
    (bytes: Buffer) => Buffer.concat([randomBytes(500_000), bytes.subarray(500_000, 900_000)]),
  ],
  ['that is longer than the file', (bytes: Buffer) => Buffer.concat([bytes, bytes])],
  ['that has all of the file', (bytes: Buffer) => bytes],
] as const)
  test(`a beginning ${name} costs one more request and nothing else`, { skip }, async (t) => {
    const { world, source } = await served(t);
    const { blob, bytes } = await large(world.places.out);
    await mkdir(path.join(world.folder, 'kept'));
    await writeFile(path.join(world.folder, 'kept', `.part-${blob[0]}`), part(bytes));
    const kept = blobFolder(path.join(world.folder, 'kept'));
    assert.deepEqual(await fetchBlob({ source: source(), kept }, blob), bytes);
  });

test('a server that knows no ranges sends the whole, and that is taken', { skip }, async (t) => {
  const { world, source, log } = await served(t, 'max_ranges 0;');
  const { blob, bytes } = await large(world.places.out);
  await mkdir(path.join(world.folder, 'kept'));
  await writeFile(path.join(world.folder, 'kept', `.part-${blob[0]}`), bytes.subarray(0, 1_000_000));
  const kept = blobFolder(path.join(world.folder, 'kept'));
  assert.deepEqual(await fetchBlob({ source: source(), kept }, blob), bytes);
  assert.match((await log()).at(-1) ?? '', /^200 3000000 bytes=1000000-/);
});

test('a login page in the place of everything is refused, and the gallery stays', { skip }, async (t) => {
  const { world, source } = await served(
    t,
    `location /hotel/ { default_type text/html; return 200 '<!doctype html><title>Sign in</title>'; }`,
  );
  const box = await world.device('gate-1');
  await world.registrar.apply(enrolled('ada'));
  await world.publish();
  await box.sync(source());
  await assert.rejects(box.sync(source('hotel/')), fails('fleet-refused', /Expected/));
  assert.deepEqual(await box.people(), ['ada ada 1']);
  assert.equal((await box.sync(source())).result, 'unchanged');
});

test('no more is read of an endless file than was signed', { skip }, async (t) => {
  const { world, source, log } = await served(t);
  const box = await world.device('gate-1');
  await world.registrar.apply(enrolled('ada'));
  await world.publish();
  // Sparse: a gigabyte for the reader, nothing on the disk.
  const file = path.join(world.places.out, 'metadata', 'timestamp.json');
  const honest = await readFile(file);
  await truncate(file, 2 ** 30);
  await assert.rejects(box.sync(source()), fails('fleet-refused', /at most 16384 bytes/));
  for (let tries = 0; tries < 200 && !/timestamp/.test((await log()).at(-1) ?? ''); tries += 1)
    await pause(10);
  const [, sent] = (await log()).at(-1)?.split(' ') ?? [];
  assert.ok(Number(sent) < 2 ** 26, `${sent} bytes left the server`);
  await writeFile(file, honest);
  assert.equal((await box.sync(source())).result, 'applied');
});

test('a server that stalls in the middle is given up, and the next cycle fetches only the rest', {
  skip,
}, async (t) => {
  const { world, nginx, source } = await served(t);
  const box = await world.device('gate-1');
  await world.registrar.apply(Array.from({ length: 200 }, (_, i) => enrolled(`p${i}`)).flat());
  await world.publish();
  const honest = source();
  let fetched = 0;
  const worker = Number((await readFile(`/proc/${nginx.pid}/task/${nginx.pid}/children`, 'utf8')).trim());
  const stalling = {
    ...honest,
    fetch: async (...args: Parameters<typeof honest.fetch>) => {
      if (args[0].startsWith('blobs/')) fetched += 1;
      if (fetched === 5) process.kill(worker, 'SIGSTOP');
      return honest.fetch(...args);
    },
  };
  const stalled = await box.sync(stalling).catch((error: unknown) => error);
  process.kill(worker, 'SIGCONT');
  fails('fleet-unreachable', /silence/)(stalled);
  assert.deepEqual(await box.people(), []);
  const all = await readdir(path.join(world.folder, 'gate-1', 'kept'));
  assert.ok(all.length >= 2, 'what was finished is kept');
  const asked: string[] = [];
  const counted = {
    ...honest,
    fetch: async (...args: Parameters<typeof honest.fetch>) => {
      asked.push(args[0]);
      return honest.fetch(...args);
    },
  };
  assert.equal((await box.sync(counted)).result, 'applied');
  assert.ok(all.every((sha256) => !asked.includes(blobPath(sha256))));
  assert.equal((await box.people()).length, 200);
});

test('a server that compresses is not asked to, and is not believed', { skip }, async (t) => {
  const { world, source } = await served(
    t,
    `gzip on; gzip_types *; gzip_min_length 1;
     location /squeezed/ { rewrite ^/squeezed(/.*)$ $1 break; add_header Content-Encoding gzip; }`,
  );
  const box = await world.device('gate-1');
  await world.registrar.apply(enrolled('ada'));
  await world.publish();
  await assert.rejects(box.sync(source('squeezed/')), fails('fleet-unreachable', /an answer in gzip/));
  assert.equal((await box.sync(source())).result, 'applied');
});

test('what nginx says when a disk or an upstream fails is no gallery and no absence', { skip }, async (t) => {
  const { world, source } = await served(t, 'location /broken/ { return 503; }');
  const box = await world.device('gate-1');
  await world.registrar.apply(enrolled('ada'));
  await world.publish();
  await assert.rejects(box.sync(source('broken/')), fails('fleet-unreachable', /status 503/));
});
