import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { parseConfig } from '../../../src/service/config/parse-config.js';
import { withGallery } from '../../../src/service/setup/open-gallery.js';

const configOf = (data: string, gallery: string) =>
  parseConfig(`
site: s
data_dir: ${data}
gallery: ${gallery}
mqtt: { url: "mqtt://127.0.0.1:9" }
grants: { key_id: k, algorithm: ed25519, key_file: g }
lanes:
  - { id: l, gate: g, gate_key_file: gate.pub, direction: in, camera: { kind: usb, device: /dev/video0 }, identification: { max_fpir: "1 in 1,000" } }
`);

test('a credential that is not there leaves no database behind, and one that is opens an empty gallery', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'open-gallery-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const data = path.join(folder, 'data');
  const config = configOf(data, '{ key_credential: gallery-key }');
  const people = (credentials?: string) =>
    withGallery(config, credentials, ({ gallery }) => gallery.list(), 'create');
  await assert.rejects(people(), { code: 'key-unusable' });
  await assert.rejects(people(folder), { code: 'key-unusable' });
  assert.equal(existsSync(data), false);
  writeFileSync(path.join(folder, 'gallery-key'), Buffer.alloc(32, 1), { mode: 0o600 });
  assert.deepEqual(await people(folder), []);
});
