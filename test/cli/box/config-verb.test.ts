import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { configCommand } from '../../../src/cli/box/config-verb.js';

const example = fileURLToPath(new URL('../../../config/example.yaml', import.meta.url));

async function run(...args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  await configCommand({ print: (line) => lines.push(line), setExitCode: () => {} }).parseAsync(args, {
    from: 'user',
  });
  return lines.join('\n');
}

test('says of the example file that it can be used, and what is open by it', async () => {
  const said = await run('check', example);
  assert.match(said, /can be used: site head-office.*lanes north\. 2 things are open by it:/);
  assert.match(said, /photographs \(lane north\): .*pack builtin cannot tell/);
  assert.match(said, /impostors-at-camera \(lane north\)/);
  assert.match(said, /access list of the broker cannot be seen from here/);
  assert.doesNotMatch(said, /is right/);
});

test('refuses a file that is not there, and says what to do', () =>
  assert.rejects(run('check', '/nowhere.yaml'), { code: 'config-invalid', hint: /example\.yaml/ }));

test('explains one key with unit and default', async () => {
  assert.match(await run('explain', 'lanes.pulse_ms'), /lanes\[\]\.pulse_ms \(default 1000; in ms\)/);
});

test('refuses to explain a key that is none', () =>
  assert.rejects(run('explain', 'lanes.colour'), { code: 'bad-arguments' }));

test('prints a JSON Schema that forbids unknown keys', async () => {
  const schema = JSON.parse(await run('schema')) as { additionalProperties: boolean; required: string[] };
  assert.equal(schema.additionalProperties, false);
  assert.deepEqual(schema.required, ['site', 'gallery']);
});

async function checked(t: TestContext, more: string, ...options: readonly string[]) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-check-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'box.yaml');
  await writeFile(path.join(folder, 'gallery.key'), Buffer.alloc(32, 1), { mode: 0o600 });
  await writeFile(file, `site: s\ndata_dir: data\ngallery: { key_file: gallery.key }\n${more}`);
  const lines: string[] = [];
  let exitCode = 0;
  const setExitCode = (code: number) => {
    exitCode = code;
  };
  await configCommand({ print: (line) => lines.push(line), env: {}, setExitCode }).parseAsync(
    ['check', file, ...options],
    { from: 'user' },
  );
  return { said: lines.join('\n').replaceAll(`${folder}/`, ''), exitCode };
}

const BOX = `
models: { pack: mobile, folder: packs, head: site.head }
mqtt: { url: "mqtts://b:8883", username: u, password_file: password, ca_file: ca.pem }
grants: { key_id: a, algorithm: ed25519, key_file: grant.key }
commands: { operators: [{ id: desk, key_file: desk.pub }] }
lanes: [{ id: n, gate: g, gate_key_file: gate.pub, direction: in, camera: { kind: file, path: film.mp4 }, verification: { max_fmr: 0.001 } }]
`;

test('says of every key, file and pack that is named and not here what makes it, and ends with 4', async (t) => {
  const { said, exitCode } = await checked(t, BOX);
  assert.equal(exitCode, 4);
  for (const [key, todo] of [
    ['models.pack: The pack mobile is not in packs.', 'Run: twinstile models pull mobile'],
    ['models.head: site.head: no such file or folder.', 'Correct the path, or make what is missing.'],
    ['mqtt.password_file: password: no such file or folder.', 'Write the password into it, with mode 0600.'],
    ['mqtt.ca_file: ca.pem: no such file or folder.', 'Correct the path, or make what is missing.'],
    [
      'grants.key_file: grant.key: no such file or folder.',
      'Make it with: twinstile keys new grant --out DIR',
    ],
    [
      'commands.operators[0].key_file: desk.pub: no such',
      'Make it with: twinstile keys new operator --out DIR',
    ],
    [
      'lanes[0].gate_key_file: gate.pub: no such file or folder.',
      'Make it with: twinstile keys new gate --out DIR',
    ],
    ['lanes[0].camera.path: film.mp4: no such file or folder.', 'Correct the path, or make what is missing.'],
  ] as const) {
    const at = said.indexOf(`  ${key}`);
    assert.ok(at > 0, `${key} in\n${said}`);
    assert.equal(said.slice(at).split('\n')[1], `    -> ${todo}`);
  }
  assert.match(said, /^8 things that it names cannot be used here, by this user:$/m);
  assert.doesNotMatch(said, /gallery\.key_file/);
});

test('a configuration of another machine is checked for what is written in it alone', async (t) => {
  const { said, exitCode } = await checked(t, BOX, '--elsewhere');
  assert.equal(exitCode, 0);
  assert.doesNotMatch(said, /cannot be used here/);
});

test('a registrar has a configuration of its own, in which nothing is looked for that it has no use for', async (t) => {
  const { said, exitCode } = await checked(t, 'registrar: {}\n');
  assert.match(said, /is right: site s, a registrar without lanes\.$/);
  assert.equal(exitCode, 0);
});
