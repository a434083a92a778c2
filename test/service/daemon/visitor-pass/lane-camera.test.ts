import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { laneSchema } from '../../../../src/service/config/sections/lane-section.js';
import { expectOtherCamera } from '../../../../src/service/daemon/visitor-pass/lane-camera.js';

test('a camera for passes that is one for people under another name is refused at the start', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-devices-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const name of ['video0', 'video2']) await writeFile(path.join(folder, name), '');
  await symlink('video0', path.join(folder, 'by-id'));
  const file = (name: string) => ({ kind: 'file' as const, path: path.join(folder, name) });
  const lane = (id: string, camera: string, pass?: string) =>
    laneSchema.parse({
      id,
      gate: id,
      direction: 'in',
      camera: file(camera),
      document_camera:
        pass === undefined ? undefined : { camera: file(pass), reader_verifies_document: true },
    });
  const [twin, other, missing] = ['by-id', 'video2', 'nowhere'].map((pass) => lane('north', 'video0', pass));
  assert.ok(twin && other && missing);
  assert.throws(() => expectOtherCamera(twin, [twin]), { code: 'config-invalid', message: /"north"/ });
  expectOtherCamera(other, [other]);
  expectOtherCamera(missing, [missing]);
  expectOtherCamera(lane('plain', 'video0'), [twin]);
  const south = lane('south', 'video2');
  assert.throws(() => expectOtherCamera(other, [other, south]), {
    code: 'config-invalid',
    message: /"south"/,
  });
});
