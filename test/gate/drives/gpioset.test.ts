import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { grantId } from '../../../src/base/ids.js';
import { millis } from '../../../src/base/units.js';
import { createGpioDrive } from '../../../src/gate/drives/gpioset.js';
import { breakableDriveContract } from '../../contracts/drive.js';
import { until } from '../../until.js';
import { type Workbench, workbenchFor } from './scripts.js';

const about = { grant: grantId('g'), direction: 'in' } as const;
const SAYS = { 1: 'gpioset (libgpiod) v1.6.3', 2: 'gpioset (libgpiod) v2.2.1' } as const;

/**
 * Stands in for gpioset on a machine where lines keep their level when nobody holds them. The file `high` is the line,
 * `held` whoever holds it: a second one is refused, as the kernel does.
 */
async function fakeGpioset(bench: Workbench, version: 1 | 2): Promise<string> {
  return bench.script(
    'gpioset',
    `
if [ "$1" = --version ]; then echo '${SAYS[version]}'; exit 0; fi
echo "$*" >> "$HERE/calls"
if [ -e "$HERE/held" ]; then echo 'gpioset: error setting the GPIO line values: Device or resource busy' >&2; exit 1; fi
case "$*" in
  *-m\\ time*|*ms,0*)
    touch "$HERE/held"; trap 'kill $sleeper; rm -f "$HERE/held"; exit 143' TERM
    touch "$HERE/high"
    span=$(echo "$*" | sed -n 's/.*-t \\([0-9]*\\)ms.*/\\1/p')
    if [ -z "$span" ]; then span=$(echo "$*" | awk '{ for (i = 1; i < NF; i++) { if ($i == "-s") s = $(i+1); if ($i == "-u") u = $(i+1) }; print s * 1000 + u / 1000 }'); fi
    sleep "$(awk "BEGIN { print $span / 1000 }")" & sleeper=$!; wait $sleeper
    rm -f "$HERE/held"
    ;;
  *=0) rm -f "$HERE/high" ;;
esac
`,
  );
}

for (const version of [1, 2] as const) {
  breakableDriveContract(`gpioset ${version}`, async (t) => {
    const bench = await workbenchFor(t);
    const program = await fakeGpioset(bench, version);
    return {
      drive: await createGpioDrive({ chip: 'gpiochip0', line: 17, program }),
      released: () => bench.exists('high'),
      breakIt: () => rm(program),
    };
  });

  test(`gpioset ${version} is called in its own way, and the line set back`, async (t) => {
    const bench = await workbenchFor(t);
    const program = await fakeGpioset(bench, version);
    const drive = await createGpioDrive({ chip: 'gpiochip4', line: 5, activeLow: true, program });
    await drive.open(millis(1200), about);
    await until(() => !bench.exists('held') && !bench.exists('high'), 'over');
    const expected = {
      1: ['-l -m time -s 1 -u 200000 gpiochip4 5=1', '-l gpiochip4 5=0'],
      2: ['-l -t 1200ms,0 -c gpiochip4 5=1', '-l -t 0 -c gpiochip4 5=0'],
    };
    assert.deepEqual(await bench.lines('calls'), expected[version]);
  });

  test(`gpioset ${version} sets the line back when it is stopped half way`, async (t) => {
    const bench = await workbenchFor(t);
    const drive = await createGpioDrive({
      chip: 'gpiochip0',
      line: 1,
      program: await fakeGpioset(bench, version),
    });
    await drive.open(millis(9000), about);
    await until(() => bench.exists('high'), 'open');
    await drive.close();
    assert.deepEqual([bench.exists('high'), bench.exists('held')], [false, false]);
  });
}

test('the line is set back although the actuator was killed in the middle of the pulse', async (t) => {
  const bench = await workbenchFor(t);
  const program = await fakeGpioset(bench, 1);
  const actuator = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      `import { createGpioDrive } from './src/gate/drives/gpioset.js';
       const drive = await createGpioDrive({ chip: 'c', line: 1, program: ${JSON.stringify(program)} });
       await drive.open(900, { grant: 'g', direction: 'in' });
       process.kill(process.pid, 'SIGKILL');`,
    ],
    { stdio: 'inherit' },
  );
  const [, signal] = await once(actuator, 'exit');
  assert.equal(signal, 'SIGKILL');
  assert.equal(bench.exists('high'), true);
  await until(() => !bench.exists('high'), 'set back');
});

test('a line that somebody else holds is told, and is not set back under him', async (t) => {
  const bench = await workbenchFor(t);
  const program = await fakeGpioset(bench, 1);
  const other = await createGpioDrive({ chip: 'c', line: 1, program });
  t.after(() => other.close());
  await other.open(millis(9000), about);
  await until(() => bench.exists('high'), 'open');
  const drive = await createGpioDrive({ chip: 'c', line: 1, program });
  await assert.rejects(drive.open(millis(1000), about), {
    code: 'gate-unusable',
    message: /Device or resource busy/,
  });
  assert.equal(bench.exists('high'), true);
});

for (const [name, body, got] of [
  ['of another program', 'echo GNU coreutils', '"GNU coreutils\\n" from'],
  ['of a version to come', 'echo "gpioset (libgpiod) v3.0"', 'v3.0'],
  ['that fails', 'exit 1', 'no such program'],
] as const)
  test(`a gpioset ${name} is refused at the start`, async (t) => {
    const bench = await workbenchFor(t);
    const program = await bench.script('gpioset', body);
    await assert.rejects(createGpioDrive({ chip: 'c', line: 1, program }), (error: Error) => {
      assert.ok(error.message.includes(got), error.message);
      return true;
    });
  });
