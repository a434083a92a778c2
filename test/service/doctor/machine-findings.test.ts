import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Patient } from '../../../src/service/doctor/finding.js';
import { checkTelemetry } from '../../../src/service/doctor/machine-findings.js';
import { NO_TELEMETRY } from '../../../src/vision/onnx/no-telemetry.js';

const EVENTS = 'Microsoft/DeveloperTools/.onnxruntime';

function homeFor(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'doctor-telemetry-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const look = (data: string, since: number) =>
  checkTelemetry(since).look({
    config: { data_dir: data },
    env: { HOME: data, XDG_CACHE_HOME: data },
  } as unknown as Patient);

async function eventsAt(folder: string, seconds: number): Promise<string> {
  const place = path.join(folder, EVENTS);
  await mkdir(place, { recursive: true });
  const file = path.join(place, 'onnxruntime.db');
  await writeFile(file, 'events');
  await utimes(file, seconds, seconds);
  return place;
}

test('telemetry that is off and has left nothing is good', async (t) => {
  assert.equal(process.env[NO_TELEMETRY], '1', 'set by loading the module alone');
  const home = homeFor(t);
  const found = await look(home, 0);
  assert.ok(found.every(({ detail }) => !detail.includes(home)));
});

for (const [what, folder] of [
  ['beside the data', '.cache'],
  ['in the folder for caches', ''],
] as const)
  test(`a cache of events ${what} is told of with the folder to remove`, async (t) => {
    const home = homeFor(t);
    const place = await eventsAt(path.join(home, folder), 1000);
    const own = (await look(home, 2_000_000)).filter(({ detail }) => detail.includes(home));
    assert.deepEqual(
      own.map(({ verdict }) => verdict),
      ['warning'],
    );
    assert.match(own[0]?.todo ?? '', new RegExp(`rm -r '${place}'`));
  });

test('a cache of events that is written to while doctor looks is wrong', async (t) => {
  const home = homeFor(t);
  await eventsAt(home, 3000);
  const own = (await look(home, 2_000_000)).filter(({ detail }) => detail.includes(home));
  assert.deepEqual(
    own.map(({ verdict }) => verdict),
    ['wrong'],
  );
});

test('a process in which telemetry was switched on again is wrong', async (t) => {
  t.after(() => {
    process.env[NO_TELEMETRY] = '1';
  });
  process.env[NO_TELEMETRY] = '0';
  assert.deepEqual(
    (await look(homeFor(t), 0)).map(({ verdict }) => verdict),
    ['wrong'],
  );
});
