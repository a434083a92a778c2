import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../../src/service/config/load-config.js';

test('every relative path is taken from the folder of the configuration, a gate’s key and the judge of heads too', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-load-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'twinstile.yaml');
  await writeFile(
    file,
    `
site: s
data_dir: data
models: { folder: rel/packs, head: rel/head, calibration: rel/calibration, reranker: rel/reranker }
adaptation: { judge: rel/judge }
backup: { folder: rel/backups }
gallery: { key_file: rel/gallery.key, fleet: { source: rel/source, root_file: rel/root, key_file: rel/age } }
mqtt: { url: "mqtts://b:8883", password_file: rel/password, username: u, ca_file: rel/ca, cert_file: rel/cert, key_file: rel/key }
grants: { key_id: a, algorithm: ed25519, key_file: rel/grant.key }
commands: { operators: [{ id: desk, key_file: rel/desk.pub }] }
lanes:
  - { id: n, gate: g, gate_key_file: rel/gate.pub, direction: in, camera: { kind: file, path: rel/film }, identification: { max_fpir: 1 in 1_000 } }
`,
  );
  const texts = (value: unknown): readonly string[] => {
    if (typeof value === 'string') return [value];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
  };
  const found = texts(await loadConfig(file)).filter((text) => text.includes('rel/'));
  assert.equal(found.length, 18);
  assert.deepEqual(
    found.filter((text) => !text.startsWith(`${folder}/rel/`)),
    [],
  );
});
