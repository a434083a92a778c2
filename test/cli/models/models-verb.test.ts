import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { installPack } from '../../../src/biometrics/packs/install-pack.js';
import { commandFor } from '../../../src/biometrics/packs/pack-catalog.js';
import { type ModelsDependencies, modelsCommand } from '../../../src/cli/models/models-verb.js';
import {
  bytesIn,
  cardFor,
  catalogOf,
  changedIn,
  files,
  folderFor,
  treeOf,
} from '../../biometrics/packs/sample.js';
import { serverFor } from '../../biometrics/packs/server.js';

const catalog = catalogOf(cardFor('builtin'), cardFor('mobile'));

/** Runs `twinstile models …` in a folder of its own. */
async function shellFor(t: TestContext, more: Partial<ModelsDependencies> = {}) {
  const root = await folderFor(t);
  const folder = path.join(root, 'packs');
  const said = { lines: [] as string[], exitCode: 0 };
  const world: Partial<ModelsDependencies> = {
    print: (line) => said.lines.push(line),
    env: { TWINSTILE_PACKS: folder },
    tty: false,
    catalog: async () => catalog,
    buildBuiltin: async () => new Map(Object.entries(files)),
    setExitCode: (code) => {
      said.exitCode = code;
    },
    ...more,
  };
  const run = async (...args: string[]) => {
    said.lines.length = 0;
    said.exitCode = 0;
    await modelsCommand(world).parseAsync(args, { from: 'user' });
    return { text: said.lines.join('\n'), exitCode: said.exitCode };
  };
  const mirror = path.join(root, 'mirror');
  await mkdir(mirror);
  for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(mirror, name), bytes);
  return { root, folder, mirror, run };
}

test('list shows how every pack stands, its size, its licence and whether it is calibrated', async (t) => {
  const { run, folder, mirror } = await shellFor(t);
  await run('pull', 'mobile', '--mirror', mirror);
  await installPack(folder, cardFor('acme'), bytesIn(files));
  await writeFile(path.join(folder, 'acme/encoder.onnx'), 'x');
  const { text } = await run('list');
  assert.match(text, /^builtin +missing .*not calibrated +The pack builtin\.$/m);
  assert.match(text, /^mobile +installed +0\.0 MB/m);
  assert.match(text, /^acme +damaged/m);
  assert.match(text, /licences: MIT/);
});

test('list --json can be read by a machine', async (t) => {
  const { run, folder } = await shellFor(t);
  await mkdir(path.join(folder, 'broken'), { recursive: true });
  await writeFile(path.join(folder, 'broken/card.json'), '{');
  const reports = JSON.parse((await run('list', '--json')).text);
  assert.deepEqual(
    reports.map(({ name, state, calibrated }: Record<string, unknown>) => [name, state, calibrated]),
    [
      ['builtin', 'missing', false],
      ['mobile', 'missing', false],
      ['broken', 'damaged', undefined],
    ],
  );
  assert.equal(reports[1].hint, `Run: ${commandFor('mobile', 'pull')}`);
});

test('pull takes a pack from a mirror folder and from a mirror on the net', async (t) => {
  const { run, folder, mirror } = await shellFor(t);
  const first = await run('pull', 'mobile', '--mirror', mirror);
  assert.match(
    first.text,
    /^Fetching .*\ndetector\.onnx: .*\nencoder\.onnx: .*\nPack 'mobile' is installed in /,
  );
  assert.equal((await run('verify', 'mobile')).exitCode, 0);
  const base = await serverFor(t, (request, response) =>
    response.end(files[request.url?.slice(1) as keyof typeof files]),
  );
  await run('pull', 'mobile', '--mirror', base);
  assert.deepEqual(await treeOf(folder), [
    'mobile',
    'mobile/card.json',
    'mobile/detector.onnx',
    'mobile/encoder.onnx',
  ]);
});

test('pull draws a bar on a terminal and prints only the end', async (t) => {
  const { run, mirror } = await shellFor(t, { tty: true });
  const { text } = await run('pull', 'mobile', '--mirror', mirror);
  assert.match(text, /^Pack 'mobile' is installed in [^\n]*$/);
});

test('pull says which names there are, and that builtin is built', async (t) => {
  const { run } = await shellFor(t);
  await assert.rejects(run('pull', 'nothing'), {
    code: 'pack-unknown',
    hint: 'Use one of: builtin, mobile.',
  });
  await assert.rejects(run('pull', 'builtin'), {
    code: 'bad-arguments',
    hint: 'Run: twinstile models build builtin',
  });
});

test('a failed pull leaves the pack that was there', async (t) => {
  const { run, folder, mirror } = await shellFor(t);
  await run('pull', 'mobile', '--mirror', mirror);
  await writeFile(path.join(mirror, 'encoder.onnx'), changedIn(files['encoder.onnx']));
  await assert.rejects(run('pull', 'mobile', '--mirror', mirror), {
    code: 'pack-refused',
    message: /sha256/,
  });
  assert.equal((await run('verify', 'mobile')).exitCode, 0);
  assert.equal((await treeOf(folder)).length, 4);
});

test('build makes builtin, and with --if-missing only when it is not there and whole', async (t) => {
  let builds = 0;
  const buildBuiltin = async () => {
    builds++;
    return new Map(Object.entries(files));
  };
  const { run, folder } = await shellFor(t, { buildBuiltin });
  await run('build', 'builtin', '--if-missing');
  assert.match((await run('build', 'builtin', '--if-missing')).text, /there already/);
  assert.equal(builds, 1);
  await writeFile(path.join(folder, 'builtin/encoder.onnx'), 'damaged');
  await run('build', 'builtin', '--if-missing');
  assert.equal(builds, 2);
  await run('build', 'builtin');
  assert.equal(builds, 3);
  assert.equal((await run('verify', 'builtin')).exitCode, 0);
});

test('build --if-missing renews a card that another release left, keeps the old one beside it, and builds nothing', async (t) => {
  let builds = 0;
  const buildBuiltin = async () => {
    builds++;
    return new Map(Object.entries(files));
  };
  const { run, folder } = await shellFor(t, { buildBuiltin });
  await run('build', 'builtin');
  const place = path.join(folder, 'builtin/card.json');
  const fresh = await readFile(place, 'utf8');
  for (const stale of [fresh.replace('The pack', 'An older'), '{', '']) {
    await writeFile(place, stale);
    assert.match((await run('build', 'builtin', '--if-missing')).text, /there already; its card was another/);
    assert.equal(await readFile(place, 'utf8'), fresh);
    assert.equal(await readFile(`${place}.before`, 'utf8'), stale);
  }
  await rm(place);
  await run('build', 'builtin', '--if-missing');
  assert.equal(await readFile(place, 'utf8'), fresh);
  assert.match((await run('build', 'builtin', '--if-missing')).text, /there already\.$/);
  assert.equal(builds, 1);
});

test('build refuses what is not what the card declares', async (t) => {
  const changed = { ...files, 'encoder.onnx': changedIn(files['encoder.onnx']) };
  const { run, folder } = await shellFor(t, { buildBuiltin: async () => new Map(Object.entries(changed)) });
  await assert.rejects(run('build', 'builtin'), { code: 'pack-refused', message: /sha256/ });
  assert.deepEqual(await treeOf(folder), []);
});

test('build refuses a build that lacks a file, and packs that are pulled', async (t) => {
  const { run } = await shellFor(t, { buildBuiltin: async () => new Map() });
  await assert.rejects(run('build', 'builtin'), { code: 'pack-refused', hint: /npm ci/ });
  await assert.rejects(run('build', 'mobile'), {
    code: 'bad-arguments',
    hint: 'Run: twinstile models pull mobile',
  });
});

test('verify ends with 4 when a pack is damaged, or asked for by name and missing', async (t) => {
  const { run, folder, mirror } = await shellFor(t);
  assert.equal((await run('verify')).exitCode, 0);
  assert.equal((await run('verify', 'mobile')).exitCode, 4);
  await run('pull', 'mobile', '--mirror', mirror);
  assert.equal((await run('verify')).exitCode, 0);
  await writeFile(path.join(folder, 'mobile/encoder.onnx'), changedIn(files['encoder.onnx']));
  const { text, exitCode } = await run('verify');
  assert.equal(exitCode, 4);
  assert.match(text, /^mobile: damaged\n {2}Expected sha256 .* Run: twinstile models pull mobile$/m);
  assert.equal(JSON.parse((await run('verify', 'mobile', '--json')).text)[0].state, 'damaged');
  await assert.rejects(run('verify', 'nothing'), { code: 'pack-unknown' });
});

test('--folder wins over the environment', async (t) => {
  const { run, root, folder, mirror } = await shellFor(t);
  const other = path.join(root, 'other');
  await run('--folder', other, 'pull', 'mobile', '--mirror', mirror);
  assert.ok(existsSync(path.join(other, 'mobile/card.json')));
  assert.ok(!existsSync(folder));
});

test('Ctrl-C in the middle of a pull leaves nothing behind', { timeout: 20_000 }, async (t) => {
  const { folder } = await shellFor(t);
  let begun = (): void => {};
  const asked = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const base = await serverFor(t, (_request, response) => {
    response.write(Buffer.alloc(1000));
    begun();
  });
  const script = `
    import { modelsCommand } from './src/cli/models/models-verb.js';
    const args = ['pull', 'mobile', '--mirror', '${base}'];
    await modelsCommand().parseAsync(args, { from: 'user' }).catch((error) => {
      console.log(error.code);
      process.exitCode = 130;
    });`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    env: { ...process.env, TWINSTILE_PACKS: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text));
  await asked;
  child.kill('SIGINT');
  assert.deepEqual(await once(child, 'exit'), [130, null]);
  assert.match(output.join(''), /stopped/);
  assert.deepEqual(await treeOf(folder), []);
});
