import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { packsFolder } from '../../../src/biometrics/packs/pack-catalog.js';
import { openLog } from '../../../src/platform/log.js';
import { systemClock } from '../../../src/platform/system-clock.js';
import { parseConfig } from '../../../src/service/config/parse-config.js';
import { laneSchema } from '../../../src/service/config/sections/lane-section.js';
import { checkVision } from '../../../src/service/doctor/vision-findings.js';
import { onCpu, visionSettingsOf, visionStart } from '../../../src/service/setup/vision-process.js';
import { superviseVision } from '../../../src/vision/process/supervise-vision.js';

const SECRETS = ['Adm1nName', 'Zq7first', 'Zq7second', 'Zq7third'];
const [user, ...parts] = SECRETS;
/** Port 9 of this machine: refused at once. */
const URL_WITH_LOGIN = `rtsp://${user}:${parts[0]}/${parts[1]}@127.0.0.1:9/live?token=${parts[2]}`;
const expectNone = (text: string) => {
  for (const one of SECRETS) assert.ok(!text.includes(one), `${one} in ${text}`);
};

test('doctor says of a camera whose password holds a slash what to do, and nothing of the login', {
  timeout: 60_000,
}, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'doctor-login-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const config = parseConfig(
    stringify({
      site: 's',
      data_dir: folder,
      gallery: { key_file: 'g' },
      mqtt: { url: 'mqtt://127.0.0.1:9' },
      grants: { key_id: 'k', algorithm: 'ed25519', key_file: 'k' },
      lanes: [
        {
          id: 'north',
          gate: 'north-1',
          gate_key_file: 'gate.pub',
          direction: 'in',
          camera: { kind: 'stream', url: URL_WITH_LOGIN },
          identification: { max_fpir: '1 in 1,000' },
        },
      ],
    }),
  );
  const patient = { config, env: process.env, clock: systemClock, packFolder: packsFolder() };
  const found = JSON.stringify(await checkVision.look(patient));
  assert.match(found, /No pictures came.*%2F/);
  expectNone(found);
});

test('no line and no report of the vision process repeats the login of its camera', {
  timeout: 60_000,
}, async () => {
  const lane = laneSchema.parse({
    id: 'n',
    gate: 'g',
    direction: 'in',
    camera: { kind: 'stream', url: URL_WITH_LOGIN },
  });
  const stop = new AbortController();
  const heard: string[] = [];
  const vision = superviseVision({
    ...visionStart({ dimension: 128, onLine: (line) => heard.push(line) }),
    setup: { ...visionSettingsOf(lane, onCpu('builtin', packsFolder())), source: lane.camera },
    clock: systemClock,
  });
  const limit = setTimeout(() => stop.abort(), 30_000);
  await vision.watch((report) => {
    heard.push(JSON.stringify(report));
    if (report.kind === 'camera' && report.detail !== undefined) stop.abort();
  }, stop.signal);
  clearTimeout(limit);
  assert.match(heard.join('\n'), /"kind":"camera".*"detail":/);
  expectNone(heard.join('\n'));
});

test('the log takes the login out of every text, error and list', () => {
  let written = '';
  const out = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  const log = openLog('info', out as unknown as NodeJS.WriteStream);
  log.info(
    { detail: `cannot open ${URL_WITH_LOGIN} now`, list: [URL_WITH_LOGIN], at: new Date(0) },
    URL_WITH_LOGIN,
  );
  let caught: unknown;
  try {
    new URL(`http://${user}:${parts[0]}/${parts[1]}@127.0.0.1:9/`);
  } catch (error) {
    caught = error;
  }
  assert.ok(caught instanceof Error);
  log.error({ err: caught }, 'failed');
  log.error(caught);
  expectNone(written);
  assert.match(written, /cannot open \(address kept back\) now/);
  assert.match(written, /1970-01-01T00:00:00\.000Z/);
  assert.match(written, /Invalid URL/);
});
