import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HealthSources, readHealth, watchEventLoop } from '../../src/platform/health.js';

const folder = tmpdir();
const sources: HealthSources = {
  load: async () => 25,
  temperature: async () => 61.5,
  availableMemory: async () => 1e9,
  residentOf: async (pid) => pid * 1000,
  diskFree: async () => 5e9,
};

test('this machine answers with numbers that can be true', async (t) => {
  const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
  t.after(() => other.kill());
  const pid = other.pid ?? 0;
  const { memory, cpuLoad, diskFree, uptime, temperature } = await readHealth({ folder, pids: [pid] });
  assert.ok((memory?.own ?? 0) > 10e6 && (memory?.own ?? 0) < 10e9);
  assert.ok((memory?.others[pid] ?? 0) > 1e6);
  assert.ok((memory?.available ?? 0) > 1e6);
  assert.ok(cpuLoad !== undefined && cpuLoad >= 0 && cpuLoad <= 1);
  assert.ok((diskFree ?? 0) > 1e6);
  assert.ok((uptime ?? 0) > 0);
  assert.ok(temperature === undefined || (temperature > -40 && temperature < 150));
});

test('every part has its place', async () => {
  const { memory, ...rest } = await readHealth({ folder, pids: [7, 8], sources });
  assert.deepEqual(memory?.others, { 7: 7000, 8: 8000 });
  assert.equal(memory?.available, 1e9);
  assert.deepEqual({ ...rest, uptime: 0 }, { cpuLoad: 0.25, temperature: 61.5, diskFree: 5e9, uptime: 0 });
});

for (const [name, change, part] of [
  ['a machine without a temperature sensor', { temperature: async () => null }, 'temperature'],
  ['a sensor that reads NaN', { temperature: async () => Number.NaN }, 'temperature'],
  ['a load that cannot be read', { load: () => Promise.reject(new Error('no /proc')) }, 'cpuLoad'],
  ['a disk that hangs', { diskFree: () => new Promise<number>(() => {}) }, 'diskFree'],
] as const satisfies readonly (readonly [string, Partial<HealthSources>, string])[])
  test(`${name} leaves out ${part} and nothing else`, async () => {
    const all = await readHealth({ folder, sources });
    const health = await readHealth({ folder, sources: { ...sources, ...change } });
    assert.equal(part in health, false);
    assert.deepEqual(
      Object.keys(all).filter((key) => !(key in health)),
      [part],
    );
  });

test('a process that has ended is left out', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  const { memory } = await readHealth({ folder, pids: [child.pid ?? 0] });
  assert.deepEqual(memory?.others, {});
});

test('a folder that is not there has no disk', async () =>
  assert.equal((await readHealth({ folder: '/nowhere/at/all' })).diskFree, undefined));

const block = (span: number) => {
  const end = performance.now() + span;
  while (performance.now() < end);
};

test('the longest time for which nothing else could run is found, and told once', async (t) => {
  const watch = watchEventLoop();
  t.after(() => watch.close());
  await sleep(50);
  block(300);
  await sleep(50);
  const first = watch.take();
  assert.ok(first !== undefined && first.max >= 250, `${first?.max} ms`);
  assert.ok(first.p50 <= first.p99 && first.p99 <= first.max);
  await sleep(100);
  const second = watch.take();
  assert.ok(second !== undefined && second.max < first.max);
});
