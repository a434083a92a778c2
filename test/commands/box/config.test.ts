import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { configCommand } from '../../../src/commands/box/config.js';

const example = fileURLToPath(new URL('../../../config/example.yaml', import.meta.url));

async function run(...args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  await configCommand({ print: (line) => lines.push(line) }).parseAsync(args, { from: 'user' });
  return lines.join('\n');
}

test('says of the example file that it is right', async () => {
  assert.match(await run('check', example), /is right: site head-office.*lanes north/);
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
