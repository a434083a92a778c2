/** The files of an installed program: all that it loads, and nothing that only makes it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));
/** A Node.js beside it is 127 MB, and both together must stay below 250. */
const MAX_BYTES = 115e6;

test('an installed program loads every package that it names, and brings no compiler', (t) => {
  if (!existsSync(path.join(project, 'dist/main.js'))) return t.skip('needs a build');
  const folder = mkdtempSync(path.join(tmpdir(), 'program-files-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const program = path.join(folder, 'program');
  const run = (...args: readonly string[]) => spawnSync(process.execPath, args, { encoding: 'utf8' });
  const laid = run(path.join(project, 'scripts/package/program-files.mjs'), program);
  assert.equal(laid.status, 0, laid.stderr);

  const files = readdirSync(program, { recursive: true, encoding: 'utf8' });
  const programs = files.filter((file) => /^dist\/.*\.js$/.test(file));
  const named = new Set(
    programs.flatMap((file) =>
      [
        ...readFileSync(path.join(program, file), 'utf8').matchAll(
          /^import [^'\n]*'([^.'][^']*)'|import\('([^.'][^']*)'\)/gm,
        ),
      ].flatMap(([, first, second]) => first ?? second ?? []),
    ),
  );
  const packages = [...named].filter((name) => !name.startsWith('node:'));
  assert.ok(packages.length > 15, packages.join());
  const imports = packages.map((name) => `await import(${JSON.stringify(name)})`).join('\n');
  const loaded = spawnSync(process.execPath, ['--input-type=module', '-'], {
    cwd: program,
    encoding: 'utf8',
    input: `${imports}\nawait import('./dist/vision/opencv/cv.js')\nprocess.exit(0)`,
  });
  assert.equal(loaded.status, 0, loaded.stderr);

  const makers =
    /node_modules\/(typescript|esbuild|tsx|knip|node-gyp|nan|node-addon-api|@biomejs|@types)\/|\.(map|d\.ts|cc)$/;
  assert.deepEqual(
    files.filter((file) => makers.test(file)),
    [],
  );
  const bytes = files.reduce((sum, file) => sum + statSync(path.join(program, file)).size, 0);
  const packs = path.join(program, 'models/packs');
  const others = readdirSync(packs, { recursive: true, encoding: 'utf8' })
    .filter((file) => !file.startsWith('builtin'))
    .reduce((sum, file) => sum + statSync(path.join(packs, file)).size, 0);
  assert.ok(bytes - others < MAX_BYTES, `${bytes - others} bytes`);
});
