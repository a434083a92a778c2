/** The units start the program with arguments it takes, and name the credentials that the configuration names. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gateCommand } from '../../src/cli/gate/gate-verb.js';
import { parseConfig } from '../../src/service/config/parse-config.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
/** Every value of a key, in order. */
function values(unit: string, key: string): readonly string[] {
  return unit.split('\n').flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));
}
const credentials = (unit: string) => values(unit, 'LoadCredential').map((text) => text.split(':')[0]);

const service = read('systemd/twinstile.service');
const gate = read('systemd/twinstile-gate@.service');

test('the gate’s unit starts the gate with options that it takes, filled from its own example', async () => {
  const example = Object.fromEntries(
    [...gate.matchAll(/^# {3}([A-Z_]+)=(.*)$/gm)].map(([, key, value]) => [key, value]),
  );
  const env: Record<string, string | undefined> = {
    ...example,
    CREDENTIALS_DIRECTORY: '/run/credentials/gate',
  };
  const [start = ''] = values(gate, 'ExecStart');
  const args = start
    .replaceAll('%i', 'north-1')
    .replaceAll(/\$\{([A-Z_]+)\}|\$([A-Z_]+)/g, (_, braced?: string, bare?: string) => {
      const value = env[braced ?? bare ?? ''];
      assert.ok(value !== undefined, `${braced ?? bare} is in the example`);
      return value;
    })
    .split(' ');
  assert.deepEqual(args.splice(0, 3), [
    '/opt/twinstile/current/runtime/bin/node',
    '/opt/twinstile/current/dist/main.js',
    'gate',
  ]);
  // Everything is understood: the first thing that is missing here is the key of a machine where it is installed.
  await assert.rejects(gateCommand().exitOverride().parseAsync(args, { from: 'user' }), {
    code: 'key-unusable',
    message: '/run/credentials/gate/grant-key cannot be read; it should hold the key head-office-1.',
  });
  assert.deepEqual(credentials(gate), ['grant-key', 'gate-key', 'mqtt-password']);
});

test('the service brings the credentials that the example configuration names', () => {
  const { gallery, grants, mqtt, data_dir: data } = parseConfig(read('config/example.yaml'));
  assert.deepEqual(credentials(service), [
    gallery.key_credential,
    grants.key_credential,
    mqtt.password_credential,
  ]);
  assert.equal(data, `/var/lib/${values(service, 'StateDirectory')[0]}`);
});

for (const [name, unit] of [
  ['twinstile.service', service],
  ['twinstile-gate@.service', gate],
] as const)
  test(`${name} is shut in, and V8 can still compile`, () => {
    for (const [key, value] of [
      ['NoNewPrivileges', 'yes'],
      ['ProtectSystem', 'strict'],
      ['CapabilityBoundingSet', ''],
      ['DevicePolicy', 'closed'],
      ['MemoryDenyWriteExecute', 'no'],
    ] as const)
      assert.deepEqual(values(unit, key), [value], key);
  });
