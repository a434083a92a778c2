/** A vision process cannot reach keys and gallery, nor look into core: tried with the real thing. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  SANDBOXED,
  sandboxed,
  sandboxPolicyAround,
  sandboxPolicyOf,
} from '../../../src/service/setup/sandbox-policy.js';
import { visionStart } from '../../../src/service/setup/vision-process.js';

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const check = spawnSync(SANDBOXED, ['--check'], { encoding: 'utf8' });
const skip = check.status === 0 ? false : 'needs a kernel with Landlock';

function place(t: TestContext) {
  const root = mkdtempSync('/var/tmp/shut-in-');
  t.after(() => rmSync(root, { recursive: true }));
  for (const folder of ['data/packs', 'open']) mkdirSync(path.join(root, folder), { recursive: true });
  for (const file of ['data/twinstile.db', 'data/packs/model', 'open/film', 'gallery.key'])
    writeFileSync(path.join(root, file), file);
  const key = path.join(root, 'gallery.key');
  const reach = sandboxPolicyOf(
    { data_dir: path.join(root, 'data'), commands: { operators: [{ key_file: key }] } } as never,
    path.join(root, 'data/packs'),
    { kind: 'file', path: path.join(root, 'open/film'), pace: 'fast', loop: false },
    undefined,
  );
  const [program = '', ...args] = sandboxed(reach).prefix;
  return {
    root,
    reach,
    run: (script: string) => {
      const options = { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe', 'pipe'] as 'pipe'[] } as const;
      const { status, output } = spawnSync(program, [...args, '/bin/sh', '-c', script], {
        ...options,
        cwd: '/',
      });
      return { status, out: output[1], err: output[2], reports: output[3] };
    },
  };
}

test('keys and gallery cannot be read, packs inside of them can', { skip }, (t) => {
  const { root, run } = place(t);
  for (const file of ['gallery.key', 'data/twinstile.db'])
    assert.match(run(`cat ${root}/${file}`).err ?? '', /denied/i, file);
  for (const file of ['data/packs/model', 'open/film']) assert.equal(run(`cat ${root}/${file}`).out, file);
  assert.notEqual(run(`echo x > ${root}/data/twinstile.db`).status, 0);
});

test('a symbolic link is no way around', { skip }, (t) => {
  const { root, run } = place(t);
  symlinkSync(path.join(root, 'gallery.key'), path.join(root, 'open/link'));
  assert.match(run(`cat ${root}/open/link`).err ?? '', /denied/i);
});

/** Starts inside of the wall, waits until something was done outside, and then looks. */
async function inside(wall: readonly string[], done: () => void, script: string): Promise<string> {
  const [program = '', ...args] = wall;
  const child = spawn(program, [...args, '/bin/sh', '-c', `echo in; read go; ${script}`], { cwd: '/' });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (out += text));
  await once(child.stdout, 'data');
  done();
  child.stdin.end('go\n');
  await once(child, 'close');
  return out;
}

for (const where of ['/var/tmp', '/tmp'])
  test(`what comes after the start cannot be read either, in ${where}`, { skip }, async (t) => {
    const root = mkdtempSync(path.join(where, 'shut-in-later-'));
    t.after(() => rmSync(root, { recursive: true }));
    const at = (name: string) => path.join(root, name);
    mkdirSync(at('packs'));
    mkdirSync(at('data'));
    writeFileSync(at('twinstile.yaml'), 'rtsp://admin:secret@cam');
    writeFileSync(at('data/twinstile.db'), 'secret');
    // Neither folder for backups is there yet; the second is a link to elsewhere when it comes.
    const config = { data_dir: at('data'), backup: { folder: at('backups/nightly') } };
    const { prefix } = sandboxed(sandboxPolicyOf(config as never, at('packs'), undefined, undefined));
    const later = () => {
      mkdirSync(at('backups/nightly'), { recursive: true });
      writeFileSync(at('backups/nightly/1.db'), 'secret');
      mkdirSync(at('stick'));
      writeFileSync(at('stick/copy.db'), 'secret');
      renameSync(at('data'), at('old-data'));
      symlinkSync(at('stick'), at('link'));
      symlinkSync(at('old-data/twinstile.db'), at('packs/model'));
    };
    const files = [
      ...['backups/nightly/1.db', 'stick/copy.db', 'old-data/twinstile.db', 'link/copy.db', 'packs/model'],
      'twinstile.yaml',
    ];
    const said = await inside(prefix, later, files.map((name) => `cat ${at(name)}`).join('; '));
    assert.doesNotMatch(said, /secret/);
    assert.equal(said.match(/denied/gi)?.length, files.length, said);
  });

test('a folder for backups that is made where the system’s programs are cannot be read', {
  skip,
}, async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root');
  const root = mkdtempSync('/usr/local/shut-in-');
  t.after(() => rmSync(root, { recursive: true }));
  const folder = path.join(root, 'backups');
  const config = { data_dir: '/var/lib/none', backup: { folder } };
  const { prefix } = sandboxed(sandboxPolicyOf(config as never, root, undefined, undefined));
  const later = () => {
    mkdirSync(folder);
    writeFileSync(path.join(folder, '1.db'), 'secret');
  };
  // The pack's folder around it is shown: what is hidden in it stays hidden when it comes.
  assert.match(await inside(prefix, later, `cat ${folder}/1.db`), /denied/i);
});

test('a pack that is a link to where models are kept can be read, and one that leads to the keys cannot', {
  skip,
}, (t) => {
  const { root } = place(t);
  const at = (name: string) => path.join(root, name);
  for (const folder of ['models', 'packs/mobile']) mkdirSync(at(folder), { recursive: true });
  writeFileSync(at('models/net.onnx'), 'net');
  symlinkSync(at('models/net.onnx'), at('packs/mobile/net.onnx'));
  symlinkSync(at('data/twinstile.db'), at('packs/mobile/other.onnx'));
  const [program = '', ...args] = sandboxed(
    sandboxPolicyOf({ data_dir: at('data') } as never, at('packs'), undefined, undefined),
  ).prefix;
  const cat = (name: string) =>
    spawnSync(program, [...args, 'cat', at(name)], { encoding: 'utf8', cwd: '/' });
  assert.equal(cat('packs/mobile/net.onnx').stdout, 'net');
  assert.match(cat('packs/mobile/other.onnx').stderr, /denied/i);
});

test('the configuration is not among what a vision process reads, wherever it is', { skip }, (t) => {
  const { root, run } = place(t);
  for (const file of [path.join(root, 'twinstile.yaml'), path.join(root, 'open/other.yaml')]) {
    writeFileSync(file, 'url: rtsp://admin:secret@cam');
    const { out, err } = run(`cat ${file}`);
    assert.equal(out, '', file);
    assert.match(err ?? '', /denied/i);
  }
});

test('the environment and the memory of core cannot be read', { skip }, (t) => {
  const { reach } = place(t);
  const [program = '', ...args] = sandboxed(reach).prefix;
  // Root may look into everything on some kernels, wall or not; the service is never root.
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const core = spawn('sleep', ['30'], user);
  t.after(() => core.kill());
  const look = (file: string, wall: readonly string[]) =>
    spawnSync(wall[0] ?? '', [...wall.slice(1), 'head', '-c', '1', `/proc/${core.pid}/${file}`], {
      ...user,
      encoding: 'utf8',
    });
  for (const file of ['environ', 'maps', 'mem'])
    assert.match(look(file, [program, ...args]).stderr, /denied|permitted/i, file);
  assert.equal(look('environ', ['/usr/bin/env']).status, 0, 'without the wall it can be read');
});

test('everything else works as before: devices, temporary files, the pipes that were handed over', {
  skip,
}, (t) => {
  const { run } = place(t);
  const { status, reports } = run(
    'head -c 4 /dev/urandom > /dev/null && mktemp /tmp/shut-XXXXXX | xargs rm && echo hello >&3',
  );
  assert.deepEqual([status, reports], [0, 'hello\n']);
});

test('a command without a configuration hides its user’s own files, and still finds the program and its clip', {
  skip,
}, (t) => {
  const { root } = place(t);
  const clip = path.join(root, 'open/film');
  const home = { HOME: root, CREDENTIALS_DIRECTORY: path.join(root, 'data') };
  const [program = '', ...args] = sandboxed(sandboxPolicyAround(home, [clip])).prefix;
  const cat = (file: string) => spawnSync(program, [...args, 'cat', file], { encoding: 'utf8', cwd: '/' });
  for (const file of ['gallery.key', 'data/twinstile.db'])
    assert.match(cat(path.join(root, file)).stderr, /denied/i, file);
  assert.equal(cat(clip).stdout, 'open/film');
  // As for somebody who keeps the program, and Node with it, in the home folder.
  const inside = sandboxPolicyAround({ HOME: path.dirname(PROJECT) }, []);
  const [wall = '', ...more] = sandboxed(inside).prefix;
  const { stdout } = spawnSync(wall, [...more, process.execPath, '-p', 'require("zod") && 1'], {
    encoding: 'utf8',
    cwd: PROJECT,
  });
  assert.equal(stdout, '1\n');
});

test('a home that is everything hides nothing', () => {
  assert.ok(!sandboxPolicyAround({ HOME: '/' }, []).hide.includes('/'));
});

test('nothing to hide needs no wall', () =>
  assert.deepEqual(sandboxed({ hide: [], show: [] }), { prefix: [] }));

test('a vision process of a lane is started behind the wall, and is the same program', (t) => {
  const { reach, root } = place(t);
  const { command } = visionStart({ dimension: 4, onLine: () => {}, env: {}, reach });
  assert.deepEqual(command.slice(1, 4), [SANDBOXED, '--hide', path.join(root, 'data')]);
  assert.equal(command[command.indexOf('--') + 1], process.execPath);
});
