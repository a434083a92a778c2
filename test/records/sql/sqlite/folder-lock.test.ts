import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { millis } from '../../../../src/base/units.js';
import { withFolderLock } from '../../../../src/records/sql/sqlite/folder-lock.js';
import { scratchFolder } from './scratch.js';

const newFile = await scratchFolder();

test('two commands in one folder work one after the other, also in one process', async () => {
  const folder = path.dirname(newFile());
  const order: string[] = [];
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const work = (name: string) =>
    withFolderLock(folder, async () => {
      order.push(`${name} in`);
      await gate;
      order.push(`${name} out`);
    });
  const both = [work('one'), work('two')];
  while (order.length === 0) await new Promise((resolve) => setImmediate(resolve));
  open();
  await Promise.all(both);
  assert.ok(order[0]?.endsWith('in') && order[1] === order[0].replace('in', 'out'), order.join(', '));
  assert.equal(order.length, 4);
});

test('a holder that is killed leaves the folder free, and one that lives is waited for only so long', async () => {
  const folder = path.dirname(newFile());
  const module = fileURLToPath(new URL('../../../../src/records/sql/sqlite/folder-lock.ts', import.meta.url));
  const code = `import { withFolderLock } from ${JSON.stringify(module)};
    await withFolderLock(${JSON.stringify(folder)}, () => new Promise(() => { console.log('held'); setInterval(() => {}, 1e6); }));`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await assert.rejects(
    withFolderLock(folder, async () => {}, millis(0)),
    { code: 'gallery-unusable', message: /one that another command holds/ },
  );
  child.kill('SIGKILL');
  await once(child, 'close');
  assert.equal(await withFolderLock(folder, async () => 'in', millis(0)), 'in');
});

test('a failure of the work is handed on, and the folder is free again', async () => {
  const folder = path.dirname(newFile());
  await assert.rejects(
    withFolderLock(folder, () => Promise.reject(new Error('no luck'))),
    /no luck/,
  );
  assert.equal(await withFolderLock(folder, async () => 'in', millis(0)), 'in');
});
