import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  boxFiles,
  lacksPassword,
  missingKeys,
  readBase,
  replaceConfiguration,
  trialConfig,
} from '../../../src/service/box-setup/box-files.js';
import { exampleConfig } from '../../../src/service/config/example-config.js';

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-box-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

test('the folder of the service is known, and no other', () => {
  assert.equal(boxFiles('/etc/twinstile/twinstile.yaml').isService, true);
  assert.equal(boxFiles('/etc/twinstile-other/twinstile.yaml').isService, false);
  assert.equal(boxFiles('box.yaml').isService, false);
});

test('the old file is kept with its rights, and the same text changes nothing', async (t) => {
  const files = boxFiles(path.join(await folderFor(t), 'box.yaml'));
  const { text, isNew } = await readBase(files);
  assert.equal(isNew, true);
  assert.equal(await replaceConfiguration(files, text), true);
  await chmod(files.file, 0o604);
  assert.equal(await replaceConfiguration(files, text), false);
  assert.deepEqual(await readdir(files.folder), ['box.yaml']);
  assert.equal(await replaceConfiguration(files, `${text}# more\n`), true);
  assert.deepEqual((await readdir(files.folder)).toSorted(), ['box.yaml', 'box.yaml.bak']);
  assert.equal(await readFile(`${files.file}.bak`, 'utf8'), text);
  for (const file of [files.file, `${files.file}.bak`]) assert.equal((await stat(file)).mode & 0o777, 0o604);
  assert.equal((await readBase(files)).isNew, false);
  await writeFile(files.file, 'site: [');
  await assert.rejects(readBase(files), { code: 'config-invalid' });
});

test('the credentials of the service are tried by the files that its unit names', async () => {
  const files = boxFiles('/etc/twinstile/twinstile.yaml');
  const { gallery, grants, mqtt } = trialConfig(await exampleConfig({ byHand: false }), files);
  assert.deepEqual(
    [gallery.key_file, grants.key_file, mqtt.password_file, mqtt.password_credential],
    ['gallery.key', 'grant.key', 'mqtt-password']
      .map((name) => `/etc/twinstile/${name}`)
      .concat([undefined as never]),
  );
});

test('keys are missing until they are there, and others than those that are made are left to their owner', async (t) => {
  const folder = await folderFor(t);
  const files = boxFiles(path.join(folder, 'box.yaml'));
  const config = trialConfig(await exampleConfig({ byHand: true }), files);
  assert.deepEqual(await missingKeys(config, files), ['gallery', 'grant', 'gate']);
  await writeFile(path.join(folder, 'grant.key'), 'x');
  assert.deepEqual(await missingKeys(config, files), ['gallery', 'gate']);
  const elsewhere = { ...config, gallery: { ...config.gallery, key_file: path.join(folder, 'own.key') } };
  assert.deepEqual(await missingKeys(elsewhere, files), ['gate']);
});

test('an empty file holds no password', async (t) => {
  const folder = await folderFor(t);
  const config = trialConfig(await exampleConfig({ byHand: true }), boxFiles(path.join(folder, 'box.yaml')));
  assert.equal(await lacksPassword(config), false);
  const file = path.join(folder, 'password');
  const asked = { ...config, mqtt: { ...config.mqtt, username: 'u', password_file: file } };
  assert.equal(await lacksPassword(asked), true);
  await writeFile(file, '');
  assert.equal(await lacksPassword(asked), true);
  await writeFile(file, 'p');
  assert.equal(await lacksPassword(asked), false);
});
