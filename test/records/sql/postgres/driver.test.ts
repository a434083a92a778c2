import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const LOADED = `
  import { createRequire } from 'node:module';
  await import(process.argv[1]);
  const { cache } = createRequire(process.argv[1]);
  console.log(Object.keys(cache).filter((file) => /node_modules.pg.lib/.test(file)).length);
`;

const loadedBy = async (name: string): Promise<number> => {
  const file = new URL(name, new URL('../../../../', import.meta.url)).href;
  const args = ['--import', 'tsx', '--input-type=module', '-e', LOADED, file];
  return Number((await promisify(execFile)(process.execPath, args)).stdout);
};

test('a box that opens its own gallery never has the driver of PostgreSQL in memory', async () => {
  assert.equal(await loadedBy('src/service/setup/open-gallery.ts'), 0);
  assert.ok((await loadedBy('node_modules/pg/lib/index.js')) > 0, 'it would be seen');
});
