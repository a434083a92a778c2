/** The service itself: what its start and its reload write into the journal of rules, models and keys. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import pino from 'pino';
import { packsFolder } from '../../src/biometrics/packs/pack-catalog.js';
import { newGrantKey } from '../../src/gate/protocol/signature.js';
import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../src/records/sql/sqlite/sqlite-journal.js';
import { loadConfig } from '../../src/service/config/load-config.js';
import { runBox } from '../../src/service/daemon/run-box.js';
import { until } from '../until.js';

const skip = existsSync(path.join(packsFolder(), 'builtin')) ? false : 'needs the built-in pack';

test('changed rules, models and keys are rows at the start and at SIGHUP, and a start as before is none', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-in-force-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'twinstile.yaml');
  const put = (name: string, bytes: Uint8Array | string) => writeFile(path.join(folder, name), bytes);
  await put('gallery.key', Buffer.alloc(32, 3));
  await put('grant.key', newGrantKey('ed25519').secret);
  await put('gate.pub', newGrantKey('ed25519').forGate ?? '');
  // Nobody answers at the broker's port, and the camera is not there: the rules are in force all the same.
  const write = (rules: string, lane = '1 in 1_000') =>
    put(
      'twinstile.yaml',
      `
site: s
data_dir: ./data
models: { folder: ${packsFolder()} }
gallery: { key_file: ./gallery.key }
mqtt: { url: "mqtt://127.0.0.1:9" }
grants: { key_id: a, algorithm: ed25519, key_file: ./grant.key }
lanes:
  - { id: north, gate: g, gate_key_file: ./gate.pub, direction: in, camera: { kind: file, path: ./nowhere.mp4 }, identification: { max_fpir: ${lane} } }
access: { time_zone: UTC, rules: [${rules}] }
`,
    );
  const rowsIn = async () => {
    const database = await openDatabase(path.join(folder, 'data', 'twinstile.db'));
    const rows = await openJournal(database).list({ limit: 100, kind: 'act' });
    await database.close();
    return rows.map(({ body: { act, by, added, changed } }) => ({ act, by, added, changed })).reverse();
  };
  const during = async (work: (lines: readonly string[]) => Promise<void>) => {
    const lines: string[] = [];
    const stop = new AbortController();
    const running = runBox(
      {
        config: await loadConfig(file),
        env: process.env,
        log: pino({ level: 'trace' }, { write: (line) => void lines.push(line) }),
        reread: () => loadConfig(file),
      },
      stop.signal,
    );
    try {
      await Promise.race([until(() => lines.some((line) => line.includes('"started"')), 'started'), running]);
      await work(lines);
    } finally {
      stop.abort();
      await running;
    }
  };
  await write('{ effect: grant, groups: [everyone] }');
  await during(async () => {});
  const first = await rowsIn();
  assert.deepEqual(
    first.map(({ act, by }) => [act, by]),
    ['rules-changed', 'models-changed', 'keys-changed'].map((act) => [act, 'box']),
  );
  await during(async (lines) => {
    assert.deepEqual(await rowsIn(), first);
    await write('{ effect: grant, groups: [everyone] }, { effect: deny, groups: [visitors] }');
    await until(() => {
      process.emit('SIGHUP');
      return lines.some((line) => line.includes('configuration read again'));
    }, 'the reload');
  });
  const by = 'box';
  const denied = { act: 'rules-changed', by, added: ['deny visitors at all: always'], changed: undefined };
  assert.deepEqual(await rowsIn(), [...first, denied]);
  await write('{ effect: grant, groups: [everyone] }, { effect: deny, groups: [visitors] }', '1 in 2_000');
  await put('grant.key', newGrantKey('ed25519').secret);
  await during(async () => {});
  assert.deepEqual((await rowsIn()).slice(4), [
    { act: 'rules-changed', by, added: undefined, changed: ['lane north'] },
    { act: 'keys-changed', by, added: undefined, changed: ['grant key a'] },
  ]);
});
