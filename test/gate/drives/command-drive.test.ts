import assert from 'node:assert/strict';
import { readdir, readFile, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { grantId } from '../../../src/base/ids.js';
import { millis } from '../../../src/base/units.js';
import { createCommandDrive } from '../../../src/gate/drives/command-drive.js';
import { breakableDriveContract } from '../../contracts/drive.js';
import { until } from '../../until.js';
import { workbenchFor } from './scripts.js';

const about = { grant: grantId('g-7'), direction: 'out' } as const;

breakableDriveContract('the command drive', async (t) => {
  const bench = await workbenchFor(t);
  // A file is the gate; each run holds one, so that overlapping runs do not shut each other's.
  const program = await bench.script(
    'gate',
    'touch "$HERE/open-$$"; echo opened; sleep 0.4; rm "$HERE/open-$$"; exit 0',
  );
  return {
    drive: createCommandDrive({ program, args: [] }),
    released: async () => (await readdir(bench.folder)).some((name) => name.startsWith('open-')),
    breakIt: () => rm(program),
  };
});

test('the program gets its arguments as they are and three variables, and nothing else of the environment', async (t) => {
  const bench = await workbenchFor(t);
  const program = await bench.script('gate', 'printf "%s\\n" "$@" > "$HERE/args"; env > "$HERE/env"');
  const drive = createCommandDrive({ program, args: ['--relay', 'a b; $(touch x)'], path: '/usr/bin:/bin' });
  await drive.open(millis(1500), about);
  await drive.close();
  assert.deepEqual(await bench.lines('args'), ['--relay', 'a b; $(touch x)']);
  const names = (await bench.lines('env')).filter((line) => !/^(PWD|SHLVL|_|OLDPWD)=/.test(line));
  assert.deepEqual(names.sort(), [
    'PATH=/usr/bin:/bin',
    'TWINSTILE_DIRECTION=out',
    'TWINSTILE_GRANT=g-7',
    'TWINSTILE_PULSE_MS=1500',
  ]);
});

test('a program that fails is told with its exit code and its words', async (t) => {
  const bench = await workbenchFor(t);
  const program = await bench.script('gate', 'echo "relay 3 does not answer" >&2; exit 4');
  const drive = createCommandDrive({ program, args: [] });
  await assert.rejects(drive.open(millis(1000), about), {
    code: 'gate-unusable',
    message: `${program} did not move the gate: exit 4: relay 3 does not answer.`,
  });
});

test('a drive command that fails after 0.5 s is not told as opened', async (t) => {
  const bench = await workbenchFor(t);
  const program = await bench.script('gate', 'sleep 0.5; echo "relay 3 does not answer" >&2; exit 4');
  const drive = createCommandDrive({ program, args: [] });
  t.after(() => drive.close());
  await assert.rejects(drive.open(millis(1000), about), /exit 4: relay 3 does not answer/);
});

test('a drive command that is killed before it said anything is not told as opened', async (t) => {
  const bench = await workbenchFor(t);
  const program = await bench.script('gate', 'kill -KILL $$');
  const drive = createCommandDrive({ program, args: [] });
  t.after(() => drive.close());
  await assert.rejects(drive.open(millis(1000), about), /exit (137|SIGKILL)/);
});

test('a drive command that prints much is heard to its end, and its line opened is found', async (t) => {
  const bench = await workbenchFor(t);
  const much = 'head -c 3000000 /dev/zero | tr "\\0" x';
  const program = await bench.script('gate', `${much}; ${much} >&2; echo; echo opened; sleep 60`);
  const drive = createCommandDrive({ program, args: [] });
  t.after(() => drive.close());
  await drive.open(millis(100), about);
});

test('a drive command that forks and ends with 0 has opened; what it forked tidies up, and ends with the program', async (t) => {
  const bench = await workbenchFor(t);
  const body = '(sleep 0.3; echo closing; touch "$HERE/closed"; sleep 60) & echo $! > "$HERE/pid"; exit 0';
  const drive = createCommandDrive({ program: await bench.script('gate', body), args: [] });
  await drive.open(millis(100), about);
  await until(() => bench.exists('closed'), 'set back, although it wrote after its parent had ended');
  const child = Number((await bench.lines('pid'))[0]);
  await drive.close();
  await until(async () => (await stateOf(child)) !== 'S', 'ended');
});

test('a hanging drive command does not outlive the stop, also one that ignores SIGTERM', async (t) => {
  const bench = await workbenchFor(t);
  const body = 'trap "" TERM; echo $$ > "$HERE/pid"; sleep 600 & echo $! >> "$HERE/pid"; wait; sleep 600';
  const drive = createCommandDrive({ program: await bench.script('gate', body), args: [] });
  const opening = drive.open(millis(10_000), about);
  opening.catch(() => {});
  await until(async () => (await bench.lines('pid')).length === 2, 'started');
  const began = performance.now();
  await drive.close();
  assert.ok(performance.now() - began < 4000);
  for (const pid of await bench.lines('pid'))
    await until(async () => !['S', 'R', 'D'].includes(await stateOf(Number(pid))), 'ended');
  await assert.rejects(opening);
});

test('a program that fails later is a problem for the log: the gate had been released', async (t) => {
  const bench = await workbenchFor(t);
  const program = await bench.script('gate', 'echo opened; sleep 0.6; echo late >&2; exit 3');
  const problems: string[] = [];
  const drive = createCommandDrive({ program, args: [], onProblem: (detail) => problems.push(detail) });
  await drive.open(millis(100), about);
  await drive.close();
  assert.deepEqual(problems, [`${program}: exit 3: late`]);
});

test('a program that does not end is killed with its children, and close waits for that', async (t) => {
  const bench = await workbenchFor(t);
  const program = await bench.script('gate', 'sleep 60 & echo $! > "$HERE/pid"; wait');
  const problems: string[] = [];
  const drive = createCommandDrive({ program, args: [], onProblem: (detail) => problems.push(detail) });
  await assert.rejects(drive.open(millis(100), about), /more than 5100 ms of running/);
  const child = Number((await bench.lines('pid'))[0]);
  await drive.close();
  assert.deepEqual(problems, []);
  // The orphan is reaped by init a moment later.
  await until(async () => (await stateOf(child)) !== 'S', 'killed');
});

test('a program that never ends cannot pile up', async (t) => {
  const bench = await workbenchFor(t);
  const program = await bench.script('gate', 'echo opened; sleep 1');
  const drive = createCommandDrive({ program, args: [] });
  await Promise.all(Array.from({ length: 16 }, () => drive.open(millis(100), about)));
  await assert.rejects(drive.open(millis(100), about), {
    message: `${program} does not end: 16 of them are still running.`,
  });
  await drive.close();
  await drive.open(millis(100), about);
  await drive.close();
});

/** 'S' sleeping, 'Z' dead and not yet buried, 'gone'. */
async function stateOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') gone');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0] ?? '';
}
