import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TwinstileError } from '../../../src/base/errors.js';
import { doctorCommand } from '../../../src/cli/box/doctor-verb.js';
import { type Check, good, warning, wrong } from '../../../src/service/doctor/finding.js';

const example = fileURLToPath(new URL('../../../config/example.yaml', import.meta.url));

async function run(checks: readonly Check[], ...args: readonly string[]) {
  const lines: string[] = [];
  let code = 0;
  const world = {
    print: (line: string) => void lines.push(line),
    setExitCode: (value: number) => {
      code = value;
    },
  };
  await doctorCommand(world, checks).parseAsync([...args], { from: 'user' });
  return { lines, code };
}
const saying = (finding: ReturnType<typeof good>): Check => ({
  about: finding.about,
  look: async () => [finding],
});

test('ends well when nothing is wrong, warnings or not, and says what to do about them', async () => {
  const { lines, code } = await run([saying(warning('clock', 'It drifts.', 'Set it.'))], '-c', example);
  assert.equal(code, 0);
  assert.deepEqual(lines.slice(1), [
    'WARNING  clock: It drifts.',
    '         -> Set it.',
    'Nothing is wrong.',
  ]);
});

test('ends with 4 when something is wrong, and goes on after a check that breaks', async () => {
  const breaks: Check = {
    about: 'keys',
    look: async () => {
      throw new TwinstileError({
        code: 'key-unusable',
        message: 'Expected a key, got none.',
        hint: 'Make one.',
      });
    },
  };
  const { lines, code } = await run([breaks, saying(wrong('disk', 'Full.', 'Make room.'))], '-c', example);
  assert.equal(code, 4);
  assert.deepEqual(lines.slice(1), [
    'WRONG    keys: Expected a key, got none.',
    '         -> Make one.',
    'WRONG    disk: Full.',
    '         -> Make room.',
    '2 things are wrong.',
  ]);
});

test('a cause that several examinations run into is told once', async () => {
  const missing = wrong('keys', 'Expected a key, got none.', 'Make one.');
  const { lines } = await run(
    [saying(missing), saying({ ...missing, about: 'broker' }), saying(wrong('disk', 'Full.', 'Make room.'))],
    '-c',
    example,
  );
  assert.deepEqual(
    lines.filter((line) => line.startsWith('WRONG')),
    ['WRONG    keys: Expected a key, got none.', 'WRONG    disk: Full.'],
  );
});

test('gives machines the same as JSON, and nothing else', async () => {
  const finding = wrong('disk', 'Full.', 'Make room.');
  const { lines, code } = await run([saying(finding)], '-c', example, '--json');
  const [configuration, disk] = JSON.parse(lines.join('\n'));
  assert.deepEqual(
    [configuration.about, configuration.verdict, disk, code],
    ['configuration', 'good', finding, 4],
  );
});

test('a configuration that cannot be read is all there is to say', async () => {
  const { lines, code } = await run([saying(good('never', 'looked at'))], '-c', '/nonexistent.yaml');
  assert.equal(code, 2);
  assert.match(lines[0] ?? '', /^WRONG {4}configuration: .*nonexistent/);
  assert.equal(lines.length, 3);
});
