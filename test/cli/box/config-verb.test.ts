import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { configCommand } from '../../../src/cli/box/config-verb.js';

const example = fileURLToPath(new URL('../../../config/example.yaml', import.meta.url));

async function run(...args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  await configCommand({ print: (line) => lines.push(line) }).parseAsync(args, { from: 'user' });
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
  assert.match(await run('explain', 'lanes.pulse_ms'), /lanes\[\]\.pulse_ms \(default 1000, in ms\)/);
});

test('refuses to explain a key that is none', () =>
  assert.rejects(run('explain', 'lanes.colour'), { code: 'bad-arguments' }));

test('prints a JSON Schema that forbids unknown keys', async () => {
  const schema = JSON.parse(await run('schema')) as { additionalProperties: boolean; required: string[] };
  assert.equal(schema.additionalProperties, false);
  assert.ok(schema.required.includes('lanes'));
});
