/**
 * Prints what a package holds as CycloneDX 1.6 in JSON: `node scripts/package/bill-of-materials.mjs --commit ID --time SECONDS`.
 *
 * npm packages as program-files.mjs finds them, the runtime, SQLite as it is compiled in, model packs, and OpenCV, which the distribution
 * brings. Nothing in it depends on when or where it was made.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { npmClosure, project } from './program-files.mjs';

const { values } = parseArgs({
  options: { commit: { type: 'string' }, time: { type: 'string' }, opencv: { type: 'string' } },
});
const read = (...parts) => readFileSync(path.join(project, ...parts), 'utf8');
const { name, version, license } = JSON.parse(read('package.json'));
const pins = new Map(
  read('scripts', 'runtime.pins')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/)),
);

function npmComponent({ name: npm, version: at, license: under }) {
  const purl = `pkg:npm/${npm.replace('@', '%40')}@${at}`;
  return {
    type: 'library',
    'bom-ref': purl,
    name: npm,
    version: at,
    purl,
    licenses: [
      { [/[ (]/.test(under) ? 'expression' : 'license']: /[ (]/.test(under) ? under : { id: under } },
    ],
  };
}

/** Of the driver as it is compiled. */
const sqliteVersion = await new Promise((resolve, reject) => {
  const { Database } = createRequire(import.meta.url)('sqlite3');
  const database = new Database(':memory:');
  database.get('SELECT sqlite_version() AS version', (error, row) => {
    database.close();
    if (error) reject(error);
    else resolve(row.version);
  });
});

function packComponents() {
  const folder = process.env.TWINSTILE_PACKS ?? path.join(project, 'models', 'packs');
  return readdirSync(folder).map((pack) => ({
    type: 'machine-learning-model',
    'bom-ref': `pack:${pack}`,
    name: pack,
    hashes: [
      {
        alg: 'SHA-256',
        content: createHash('sha256')
          .update(readFileSync(path.join(folder, pack, 'card.json')))
          .digest('hex'),
      },
    ],
  }));
}

const node = pins.get(`node-linux-${process.arch}`);
const packages = npmClosure().map(npmComponent);

const components = [
  {
    type: 'application',
    'bom-ref': 'node',
    name: 'node',
    version: node,
    purl: `pkg:generic/node@${node}`,
    licenses: [{ license: { id: 'MIT' } }],
  },
  {
    type: 'library',
    'bom-ref': 'sqlite',
    name: 'sqlite',
    version: sqliteVersion,
    purl: `pkg:generic/sqlite@${sqliteVersion}`,
    licenses: [{ license: { id: 'blessing' } }],
  },
  ...packages,
  ...packComponents(),
  ...(values.opencv ?? '')
    .split(',')
    .filter((one) => one !== '')
    .map((one) => ({
      type: 'library',
      'bom-ref': `pkg:deb/debian/${one}`,
      name: one,
      purl: `pkg:deb/debian/${one}`,
      scope: 'excluded',
      description: 'Brought by the distribution',
    })),
];
const digest = createHash('sha256')
  .update(JSON.stringify([values.commit, components]))
  .digest('hex');
const uuid = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
const bill = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: `urn:uuid:${uuid}`,
  version: 1,
  metadata: {
    timestamp: new Date(Number(values.time) * 1000).toISOString(),
    component: {
      type: 'application',
      'bom-ref': name,
      name,
      version,
      licenses: [{ license: { id: license } }],
      properties: [{ name: 'twinstile:commit', value: values.commit }],
    },
  },
  components,
  dependencies: [{ ref: name, dependsOn: components.map((one) => one['bom-ref']) }],
};
process.stdout.write(`${JSON.stringify(bill, undefined, 2)}\n`);
