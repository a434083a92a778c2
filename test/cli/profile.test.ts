import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { TwinstileError } from '../../src/base/errors.js';
import { gateCommand } from '../../src/cli/gate/gate-verb.js';
import { readProfile } from '../../src/cli/profile.js';
import {
  commandDefaults,
  fleetDefaults,
  gateDefaults,
  needOptions,
  withDefaults,
} from '../../src/cli/profile-options.js';

async function folderWith(t: TestContext, files: Readonly<Record<string, string>>) {
  const home = await mkdtemp(path.join(tmpdir(), 'twinstile-profile-'));
  t.after(() => rm(home, { recursive: true }));
  const folder = path.join(home, '.config', 'twinstile');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  return { folder, home, place: { env: { HOME: home } } };
}

async function refusal(work: Promise<unknown>): Promise<TwinstileError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof TwinstileError);
    return error;
  }
  return assert.fail('Expected a refusal, got none.');
}

const WHOLE = `
broker: mqtts://broker.example:8883
username: front-desk
password_file: front-desk.password
ca_file: /etc/ssl/ca.pem
site: head-office
lane: north
command: { operator: front-desk, key_file: front-desk.key }
fleet: { repository: https://fleet.example/gallery, root_file: root.json, stale_s: 300 }
gate:
  gate: north-1
  direction: in
  keys: [{ id: head-office-1, file: grant.pub }]
  sign_key_file: gate.key
  drive: gpio
  chip: gpiochip0
  line: 17
`;

test('a profile gives each verb what it would ask for, with files beside the profile', async (t) => {
  const { folder, place } = await folderWith(t, { 'default.yaml': WHOLE });
  const profile = await readProfile(place);
  assert.deepEqual(commandDefaults(profile), {
    broker: 'mqtts://broker.example:8883',
    username: 'front-desk',
    passwordFile: path.join(folder, 'front-desk.password'),
    ca: '/etc/ssl/ca.pem',
    site: 'head-office',
    lane: 'north',
    operator: 'front-desk',
    key: path.join(folder, 'front-desk.key'),
  });
  assert.deepEqual(gateDefaults(profile).key, [`head-office-1=${path.join(folder, 'grant.pub')}`]);
  assert.equal(gateDefaults(profile).line, '17');
  const fleet = fleetDefaults(profile);
  assert.deepEqual([fleet.stale, fleet.repository], ['300', 'https://fleet.example/gallery']);
});

test('what is typed goes before the profile, and what neither has is named at once', async (t) => {
  const { place } = await folderWith(t, { 'desk.yaml': 'site: head-office\nlane: north\n' });
  const options = withDefaults(
    { lane: 'south', broker: undefined },
    commandDefaults(await readProfile(place, 'desk')),
  );
  assert.equal(options.lane, 'south');
  assert.equal(options.site, 'head-office');
  assert.throws(
    () => needOptions('command', options, ['site', 'broker', 'operator']),
    /--broker, --operator are missing/,
  );
});

test('without a file there is no usual profile, and one that is named must be there', async (t) => {
  const { place } = await folderWith(t, {});
  assert.deepEqual(await readProfile(place), {});
  const { code, message } = await refusal(readProfile(place, 'desk'));
  assert.equal(code, 'config-invalid');
  assert.match(message, /desk\.yaml cannot be read/);
  assert.equal((await refusal(readProfile(place, '../etc/passwd'))).code, 'bad-arguments');
});

test('a profile lies below XDG_CONFIG_HOME where that is set', async (t) => {
  const { home } = await folderWith(t, { 'default.yaml': 'site: here\n' });
  const env = { HOME: '/nowhere', XDG_CONFIG_HOME: path.join(home, '.config') };
  assert.equal((await readProfile({ env })).site, 'here');
});

for (const [what, text, said] of [
  ['an unknown key', 'sitee: x', /sitee: Not a key of a profile\. Known here: broker, /],
  ['an unknown key of a verb', 'gate: { lines: 3 }', /gate\.lines: .*Known here: gate, direction/],
  ['a password', 'password: hunter2', /No secret belongs here: name its file as password_file/],
  ['a broker with a login', 'broker: mqtt://u:hunter2@h', /broker: Expected mqtt:\/\/HOST:PORT/],
  ['a list', '- site', /the file: Expected object|the file: expected/i],
  ['what is no YAML', 'site: [', /has a mistake/],
] as const)
  test(`${what} in a profile is refused with the key, and nothing secret is shown`, async (t) => {
    const { place } = await folderWith(t, { 'default.yaml': text });
    const { message, code } = await refusal(readProfile(place));
    assert.equal(code, 'config-invalid');
    assert.match(message, said);
    assert.doesNotMatch(message, /hunter2/);
  });

test('another drive than that of the profile leaves its chip and line alone', async (t) => {
  const { home } = await folderWith(t, { 'default.yaml': WHOLE });
  const gate = (...args: string[]) =>
    gateCommand({
      env: { HOME: home },
      print: () => {},
      openDrive: (choice) => assert.fail(JSON.stringify(choice)),
    }).parseAsync(args, { from: 'user' });
  // The keys of the profile are not there: what fails is no option.
  assert.equal((await refusal(gate('--drive', 'simulator'))).code, 'key-unusable');
  assert.equal((await refusal(gate('--drive', 'simulator', '--line', '3'))).code, 'bad-arguments');
});
