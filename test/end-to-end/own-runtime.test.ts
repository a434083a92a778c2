/** scripts/runtime, on a folder of its own with packages of the test: which Node.js serves, and what is fetched by hash from where. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const scripts = fileURLToPath(new URL('../../scripts/', import.meta.url));
const arch = process.arch;
const own = `var/runtime/node-9.9.9-${arch}`;

/** Stands in for a Node.js: answers what scripts/runtime asks. */
const nodeThat = (fits: boolean) => `#!/bin/sh\nexit ${fits ? 0 : 1}\n`;

/** A file that this machine cannot run: an ELF for machine 0xffff. */
const foreign = Buffer.concat([
  Buffer.from('7f454c4602010100', 'hex'),
  Buffer.alloc(10),
  Buffer.from('ffff', 'hex'),
  Buffer.alloc(44),
]);

function packed(folder: string, name: string, files: Readonly<Record<string, string>>): Buffer {
  const root = mkdtempSync(path.join(folder, 'pack-'));
  for (const [file, text] of Object.entries(files)) {
    const place = path.join(root, 'package', file);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, text, { mode: 0o755 });
  }
  const tgz = path.join(folder, `${name}.tgz`);
  execFileSync('tar', ['-czf', tgz, '-C', root, 'package']);
  return readFileSync(tgz);
}

/** A project folder whose pins name two small packages, and a registry that has them. */
async function projectFor(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), 'runtime-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const project = path.join(folder, 'a project');
  const system = path.join(folder, 'system');
  for (const one of [path.join(project, 'scripts'), system]) mkdirSync(one, { recursive: true });
  cpSync(path.join(scripts, 'runtime'), path.join(project, 'scripts/runtime'));
  const packages = new Map([
    [
      `node-linux-${arch}-9.9.9.tgz`,
      packed(folder, 'node', { 'bin/node': '#!/bin/sh\necho own\n', 'include/node/node_api.h': '' }),
    ],
    ['npm-8.8.8.tgz', packed(folder, 'npm', { 'bin/npm-cli.js': '', 'bin/npx-cli.js': '' })],
  ]);
  const pin = (name: string, version: string) =>
    `${name} ${version} ${createHash('sha512')
      .update(packages.get(`${name}-${version}.tgz`) ?? '')
      .digest('hex')}`;
  writeFileSync(
    path.join(project, 'scripts/runtime.pins'),
    `# pins\n${pin(`node-linux-${arch}`, '9.9.9')}\n${pin('npm', '8.8.8')}\n`,
  );
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const file = path.basename(request.url ?? '');
    asked.push(file);
    const bytes = packages.get(file);
    if (bytes === undefined) return response.writeHead(404).end();
    return response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  /** What a shell says that uses the Node.js which scripts/runtime finds. */
  const use = async (env: Readonly<Record<string, string>> = {}) => {
    const child = spawn(
      'bash',
      ['-c', '. scripts/runtime && use_node fetch && command -v node && printf "%s\\n" "$NODE_HEADERS"'],
      {
        cwd: project,
        env: {
          PATH: `${system}:/usr/bin:/bin`,
          HOME: folder,
          npm_config_registry: registry,
          npm_config_fetch_retries: '0',
          ...env,
        },
      },
    );
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (err += chunk));
    const [code] = await once(child, 'close');
    return { code, out, err };
  };
  const install = (bytes: string | Buffer) => {
    for (const name of ['node', 'npm'])
      writeFileSync(path.join(system, name), name === 'node' ? bytes : '#!/bin/sh\nexit 1\n');
    for (const name of ['node', 'npm']) chmodSync(path.join(system, name), 0o755);
  };
  return { project, packages, asked, use, install };
}

for (const [what, bytes] of [
  ['that is too old', nodeThat(false)],
  ['for another kind of machine', foreign],
  ['that is an empty file', ''],
] as const)
  test(`a system's Node.js ${what} is passed over for one of our own, fetched once`, async (t) => {
    const { project, asked, use, install } = await projectFor(t);
    install(bytes);
    const { code, out, err } = await use();
    assert.equal(code, 0, err);
    assert.equal(out, `${project}/${own}/bin/node\n${project}/${own}/include/node\n`);
    assert.equal(readFileSync(path.join(project, own, 'bin/node'), 'utf8'), '#!/bin/sh\necho own\n');
    assert.deepEqual(asked, [`node-linux-${arch}-9.9.9.tgz`, 'npm-8.8.8.tgz']);
    assert.equal((await use()).code, 0);
    assert.equal(asked.length, 2, 'once');
  });

test('a second start asks no network: neither registry nor proxy is there', async (t) => {
  const { use, install } = await projectFor(t);
  install(nodeThat(false));
  assert.equal((await use()).code, 0);
  const dead = {
    npm_config_registry: 'http://127.0.0.1:9',
    https_proxy: 'http://127.0.0.1:9',
    http_proxy: 'http://127.0.0.1:9',
  };
  const { code, err } = await use(dead);
  assert.deepEqual([code, err], [0, '']);
});

test('a first start without a network says what to check, and leaves nothing half', async (t) => {
  const { project, use, install } = await projectFor(t);
  install(nodeThat(false));
  const { code, err } = await use({ npm_config_registry: 'http://127.0.0.1:9' });
  assert.notEqual(code, 0);
  assert.match(
    err,
    /could not be fetched\. Check the network, the proxy \(https_proxy\) and the registry \(npm_config_registry\)/,
  );
  assert.deepEqual(readdirSync(path.join(project, 'var/runtime')), []);
});

for (const [what, alter] of [
  ['another package', () => Buffer.from('something else')],
  ['half of it', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ['one byte more', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from([0])])],
] as const)
  test(`nothing is used of a download that is not what the pin names: ${what}`, async (t) => {
    const { project, packages, use, install } = await projectFor(t);
    install(nodeThat(false));
    const name = `node-linux-${arch}-9.9.9.tgz`;
    const right = packages.get(name) ?? Buffer.alloc(0);
    packages.set(name, alter(right));
    const { code, err } = await use();
    assert.notEqual(code, 0);
    assert.match(err, /its SHA-512 is another\. Nothing of it is used/);
    assert.ok(!existsSync(path.join(project, own)));
    packages.set(name, right);
    assert.equal((await use()).code, 0, 'the next start goes through');
  });

test('a set-up that was ended between Node.js and npm is made whole by the next one', async (t) => {
  const { packages, use, install } = await projectFor(t);
  install(nodeThat(false));
  const npm = packages.get('npm-8.8.8.tgz') ?? Buffer.alloc(0);
  packages.delete('npm-8.8.8.tgz');
  assert.notEqual((await use()).code, 0);
  packages.set('npm-8.8.8.tgz', npm);
  assert.equal((await use()).code, 0);
});
