import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { test } from 'node:test';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { packsFolder } from '../../../src/biometrics/packs/pack-catalog.js';
import { openPacks } from '../../../src/biometrics/packs/pack-store.js';
import { systemClock } from '../../../src/platform/system-clock.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { openLaneAdaptation } from '../../../src/service/daemon/serve-adaptation.js';
import { databaseFile } from '../../../src/service/setup/open-gallery.js';
import { officeFor } from '../../cli/office.js';
import { until } from '../../until.js';

const packFolder = packsFolder({ env: process.env });
const { card } = await openPacks(packFolder).open('builtin');
const key = Buffer.alloc(32, 3);

async function adaptingFor(t: Parameters<typeof officeFor>[0], adaptation: string) {
  const office = await officeFor(t);
  await appendFile(office.config, `\nmodels: { folder: ${packFolder} }\nadaptation: ${adaptation}\n`);
  const config = await loadConfig(office.config);
  const database = await openDatabase(databaseFile(config));
  t.after(() => database.close());
  const told: { readonly fields: Readonly<Record<string, unknown>>; readonly text: string }[] = [];
  const tell = (fields: Readonly<Record<string, unknown>>, text: string) => void told.push({ fields, text });
  const adapting = openLaneAdaptation({
    config,
    database,
    key,
    people: await openGallery(database, key),
    card,
    configured: comparisonOf(card),
    clock: systemClock,
    log: { info: tell, warn: tell, error: tell } as never,
    env: process.env,
  });
  return { adapting, told };
}

test('nothing is there where lanes do not adapt', async (t) => {
  assert.equal((await adaptingFor(t, '{ mode: "off" }')).adapting, undefined);
});

for (const [name, more, expected] of [
  ['has heads made in a process of its own', '', /^a: too few passages/],
  [
    'tells what keeps them from being made',
    ', evaluation_folder: /nowhere',
    /^Expected a gallery folder at \/nowhere/,
  ],
] as const) {
  test(`by its schedule it ${name}`, async (t) => {
    const { adapting, told } = await adaptingFor(t, `{ mode: use, schedule: "* * * * * *"${more} }`);
    const stop = new AbortController();
    const running = adapting?.run(stop.signal);
    const line = () => told.find(({ text }) => text === 'adaptation')?.fields.line;
    await until(() => line() !== undefined, 'a line of the process', 60_000);
    stop.abort();
    await running;
    assert.match(String(line()), expected);
  });
}
