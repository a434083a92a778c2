import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { configSchema } from '../../../src/service/config/config-schema.js';
import { loadConfig, resolvePaths, unwrapped } from '../../../src/service/config/load-config.js';
import { pathMarkOf } from '../../../src/service/config/sections/value-schemas.js';

test('every relative path is taken from the folder of the configuration, a gate’s key, the document camera and the judge of heads too', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-load-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'twinstile.yaml');
  await writeFile(
    file,
    `
site: s
data_dir: data
models: { folder: rel/packs, head: rel/head, calibration: rel/calibration, reranker: rel/reranker }
adaptation: { evaluation_folder: rel/judge }
backup: { folder: rel/backups }
gallery: { key_file: rel/gallery.key, fleet: { source: rel/source, root_file: rel/root, key_file: rel/age } }
mqtt: { url: "mqtts://b:8883", password_file: rel/password, username: u, ca_file: rel/ca, cert_file: rel/cert, key_file: rel/key }
grants: { key_id: a, algorithm: ed25519, key_file: rel/grant.key }
commands: { operators: [{ id: desk, key_file: rel/desk.pub }] }
lanes:
  - { id: n, gate: g, gate_key_file: rel/gate.pub, direction: in, camera: { kind: file, path: rel/film }, document_camera: { camera: { kind: folder, path: rel/passes }, reader_verifies_document: true }, liveness: { mode: require }, verification: { max_fmr: 1 in 1_000, document_photo: allowed }, identification: { max_fpir: 1 in 1_000 } }
`,
  );
  const texts = (value: unknown): readonly string[] => {
    if (typeof value === 'string') return [value];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
  };
  const found = texts(await loadConfig(file)).filter((text) => text.includes('rel/'));
  assert.equal(found.length, 19);
  assert.deepEqual(
    found.filter((text) => !text.startsWith(`${folder}/rel/`)),
    [],
  );
});

interface Text {
  readonly key: string;
  readonly meaning: string;
  readonly isPath: boolean;
}

/** Every key of the schema whose value is a text, with the branches of unions and the entries of lists. */
function textsIn(schema: z.ZodType, key: string, meaning = ''): readonly Text[] {
  const inner = unwrapped(schema);
  const said = schema.description ?? inner.description ?? meaning;
  if (inner instanceof z.ZodString) return [{ key, meaning: said, isPath: pathMarkOf(inner) !== undefined }];
  if (inner instanceof z.ZodArray) return textsIn(inner.element as z.ZodType, `${key}[]`, said);
  if (inner instanceof z.ZodUnion)
    return inner.options.flatMap((option) => textsIn(option as z.ZodType, key, said));
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([name, child]) =>
    textsIn(child, key === '' ? name : `${key}.${name}`),
  );
}

/** Texts whose meaning names a file or a folder although they are none. */
const NO_PATHS: readonly string[] = ['registrar.database'];

test('every key that names a file or a folder, by its own name or by its meaning, is marked as a path', () => {
  const texts = textsIn(configSchema, '');
  const odd = texts.filter(({ key, meaning, isPath }) => {
    const named = /(_file|_folder|_dir|\.path|\.folder)$/.test(key) || /\b(file|folder)s?\b/i.test(meaning);
    return named && !isPath && !NO_PATHS.includes(key);
  });
  assert.deepEqual(odd, []);
  const paths = new Set(texts.filter(({ isPath }) => isPath).map(({ key }) => key));
  assert.ok(paths.size >= 20, [...paths].join(' '));
});

test('an address stays an address, and a group keeps the keys that its branch of a union has', () => {
  const { source } = (configSchema.shape.gallery.shape.fleet.unwrap() as z.ZodObject).shape as {
    readonly source: z.ZodType;
  };
  assert.equal(resolvePaths(source, 'https://h/gallery', '/etc/t'), 'https://h/gallery');
  assert.equal(resolvePaths(source, 'gallery', '/etc/t'), '/etc/t/gallery');
  const { camera } = configSchema.shape.lanes.element.shape;
  const usb = camera.parse({ kind: 'usb', device: '/dev/video0', width: 640 });
  assert.deepEqual(resolvePaths(camera, usb, '/etc/t'), usb);
  const film = camera.parse({ kind: 'file', path: 'film.mp4' });
  assert.deepEqual(resolvePaths(camera, film, '/etc/t'), { ...film, path: '/etc/t/film.mp4' });
});
