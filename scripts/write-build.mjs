/**
 * Writes dist/build.json: what this build was made of. Read by `twinstile --version`, `doctor` and the lanes' state.
 *
 * The same commit gives the same bytes: its time is the commit's, or SOURCE_DATE_EPOCH's.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';

const require = createRequire(import.meta.url);
const at = (path) => new URL(`../${path}`, import.meta.url);

/** Nothing where this is no working copy: an unpacked release names its commit in TWINSTILE_COMMIT. */
function git(...args) {
  try {
    return execFileSync('git', ['-C', at('.').pathname, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

const sqlite = () =>
  new Promise((resolve, reject) => {
    const { Database } = require('sqlite3');
    const database = new Database(':memory:');
    database.get('SELECT sqlite_version() AS version', (error, row) => {
      database.close();
      if (error) reject(error);
      else resolve(row.version);
    });
  });

const { major, minor, revision } = require('../node_modules/.twinstile/opencv.node').version;
const seconds =
  process.env.SOURCE_DATE_EPOCH ?? git('log', '-1', '--format=%ct') ?? Math.floor(Date.now() / 1000);
const build = {
  version: JSON.parse(readFileSync(at('package.json'), 'utf8')).version,
  commit: process.env.TWINSTILE_COMMIT ?? git('rev-parse', '--short=12', 'HEAD') ?? 'unknown',
  builtAt: new Date(Number(seconds) * 1000).toISOString(),
  node: process.versions.node,
  opencv: `${major}.${minor}.${revision}`,
  sqlite: await sqlite(),
  onnxruntime: JSON.parse(readFileSync(at('node_modules/onnxruntime-node/package.json'), 'utf8')).version,
};
writeFileSync(at('dist/build.json'), `${JSON.stringify(build, undefined, 2)}\n`);
