import assert from 'node:assert/strict';
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { installPack } from '../../../src/biometrics/packs/install-pack.js';
import { packsFolder } from '../../../src/biometrics/packs/pack-catalog.js';
import { openPacks } from '../../../src/biometrics/packs/pack-store.js';
import { bytesIn, cardFor, catalogOf, changedIn, files, folderFor } from './sample.js';

const card = cardFor('mobile');
const catalog = catalogOf(cardFor('builtin'), card);

async function storeWith(t: TestContext, ...cards: (typeof card)[]) {
  const folder = await folderFor(t);
  for (const one of cards) await installPack(folder, one, bytesIn(files));
  return { folder, store: openPacks(folder, catalog) };
}

test('opens an installed pack', async (t) => {
  const { folder, store } = await storeWith(t, card);
  const pack = await store.open('mobile');
  assert.deepEqual(pack.card, card);
  assert.equal(pack.pathOf('encoder.onnx'), path.join(folder, 'mobile/encoder.onnx'));
  assert.throws(() => pack.pathOf('../secret'), { code: 'internal' });
});

test('names the command that gets a missing pack', async (t) => {
  const { store } = await storeWith(t);
  await assert.rejects(store.open('mobile'), {
    code: 'pack-missing',
    hint: 'Run: twinstile models pull mobile',
  });
  await assert.rejects(store.open('builtin'), {
    code: 'pack-missing',
    hint: 'Run: twinstile models build builtin',
  });
});

test('lists the known names for an unknown one, the owner’s among them', async (t) => {
  const { store } = await storeWith(t, cardFor('acme'));
  await assert.rejects(store.open('moblie'), {
    code: 'pack-unknown',
    hint: 'Use one of: builtin, mobile, acme.',
  });
});

for (const name of ['../mobile', '', '.', '..', '/etc', 'mobile/', '.old-mobile-1-00000000'])
  test(`does not leave its folder for '${name}'`, async (t) => {
    const { store } = await storeWith(t, card);
    await assert.rejects(store.open(name), { code: 'pack-unknown' });
  });

for (const [name, damage] of [
  ['a changed byte', (file: string) => writeFile(file, changedIn(files['encoder.onnx']))],
  ['a missing file', (file: string) => rm(file)],
  ['a grown file', (file: string) => writeFile(file, 'more', { flag: 'a' })],
  [
    'a link in place of a file',
    async (file: string) => {
      await cp(file, `${file}.real`);
      await rm(file);
      await symlink(`${file}.real`, file);
    },
  ],
] as const) {
  test(`refuses a pack with ${name} and names the command that mends it`, async (t) => {
    const { folder, store } = await storeWith(t, card);
    await damage(path.join(folder, 'mobile/encoder.onnx'));
    await assert.rejects(store.open('mobile'), {
      code: 'pack-refused',
      hint: 'Run: twinstile models pull mobile',
    });
  });
}

test('reads a pack of this release by this release’s card, not by the one that lies there', async (t) => {
  const { folder, store } = await storeWith(t, card);
  await writeFile(path.join(folder, 'mobile/card.json'), 'nonsense');
  assert.deepEqual((await store.open('mobile')).card, card);
});

test('opens the owner’s own pack', async (t) => {
  const { store } = await storeWith(t, cardFor('acme'));
  assert.equal((await store.open('acme')).card.name, 'acme');
});

for (const [name, text, message] of [
  ['no JSON', '{', /Expected JSON/],
  ['an unknown key', JSON.stringify({ ...cardFor('acme'), extra: 1 }), /extra/],
  ['another name', JSON.stringify(cardFor('emca')), /'emca'/],
  [
    'a file outside its folder',
    JSON.stringify(cardFor('acme')).replace('encoder.onnx', '../mobile/encoder.onnx'),
    /model card/,
  ],
  [
    'one file twice',
    JSON.stringify(cardFor('acme')).replace('encoder.onnx', 'detector.onnx'),
    /each file once/,
  ],
] as const) {
  test(`refuses the owner's card with ${name}`, async (t) => {
    const { folder, store } = await storeWith(t, cardFor('acme'));
    await writeFile(path.join(folder, 'acme/card.json'), text);
    await assert.rejects(store.open('acme'), { code: 'pack-refused', message });
  });
}

test('refuses a card that is a folder', async (t) => {
  const { folder, store } = await storeWith(t);
  await mkdir(path.join(folder, 'acme/card.json'), { recursive: true });
  await assert.rejects(store.open('acme'), { code: 'pack-refused' });
});

test('looks where the argument says, else the environment, else the configuration, else in the project', () => {
  const env = { TWINSTILE_PACKS: '/env' };
  assert.equal(packsFolder({ argument: '/arg', env, config: '/conf' }), '/arg');
  assert.equal(packsFolder({ env, config: '/conf' }), '/env');
  assert.equal(packsFolder({ env: { TWINSTILE_PACKS: '' }, config: '/conf' }), '/conf');
  assert.equal(packsFolder(), path.resolve('models/packs'));
});
