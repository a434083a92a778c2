/** A log reader or a `head` that goes away: services work on, commands end quietly. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { grantId, laneId, siteId } from '../../src/base/ids.js';
import { millis } from '../../src/base/units.js';
import { createGateClient } from '../../src/gate/gate-client.js';
import { newGrantKey, signingKey } from '../../src/gate/protocol/signature.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { VERBS } from '../../src/verbs.js';
import { writeGateKey } from '../gate/protocol/gate-keys.js';
import { place } from '../gate/protocol/sample.js';
import { brokerFor } from '../service/demo/broker-for.js';
import { until } from '../until.js';

const node = (args: readonly string[]) => spawn(process.execPath, ['--import', 'tsx', ...args]);
const main = new URL('../../src/main.ts', import.meta.url).pathname;
const source = (file: string) => new URL(`../../src/${file}`, import.meta.url).href;

/** Runs until its first line, takes the reader away, and says how it ended. */
async function cutOff(t: TestContext, args: readonly string[]) {
  const child = node(args);
  t.after(() => child.kill('SIGKILL'));
  let err = '';
  child.stderr.on('data', (text) => {
    err += text;
  });
  await once(child.stdout, 'data');
  child.stdout.destroy();
  return { child, ended: once(child, 'exit'), err: () => err };
}

test('a command that is cut off by head ends quietly with 0', async (t) => {
  for (const args of [['config', 'explain'], ['config', 'schema'], ['--help']]) {
    const { ended, err } = await cutOff(t, [main, ...args]);
    assert.deepEqual(await ended, [0, null], args.join(' '));
    assert.equal(err(), '');
  }
});

test('every verb of the program is quiet where its reader is gone already, and ends', async (t) => {
  const typed = [
    ...Object.keys(VERBS).map((verb) => [verb, '--help']),
    ...[
      ['completion', 'bash'],
      ['models', 'list', '--json'],
      ['config', 'schema'],
      ['config', 'explain'],
      ['people', 'list', '-c', '/nowhere/box.yaml'],
    ],
  ];
  const waiting = [...typed];
  const next = async (): Promise<void> => {
    for (let args = waiting.pop(); args !== undefined; args = waiting.pop()) {
      const child = node([main, ...args]);
      t.after(() => child.kill('SIGKILL'));
      child.stdout.destroy();
      let err = '';
      child.stderr.on('data', (text) => {
        err += text;
      });
      const [code, signal] = await once(child, 'close');
      const line = args.join(' ');
      assert.equal(signal, null, line);
      // Without its configuration `people list` has one sentence for stderr, and nothing for the reader.
      assert.deepEqual([code, err === ''], args.includes('-c') ? [2, false] : [0, true], `${line}: ${err}`);
      assert.doesNotMatch(err, /EPIPE|\n +at /, line);
    }
  };
  await Promise.all([next(), next(), next()]);
});

test('a gate whose log reader went away opens at the next grant, whatever strangers publish', async (t) => {
  const broker = await brokerFor(t);
  const folder = await mkdtemp(join(tmpdir(), 'twinstile-gate-'));
  t.after(() => rm(folder, { recursive: true }));
  const { secret, forGate } = newGrantKey('ed25519');
  await writeFile(join(folder, 'grant.pub'), forGate ?? '');
  const { trust } = await writeGateKey(folder);
  const topics = laneTopics(siteId('s'), laneId('l')).gate;
  const { child, ended, err } = await cutOff(t, [
    ...[main, 'gate', '--site', 's', '--lane', 'l', '--gate', 'north-1', '--direction', 'in'],
    ...['--broker', broker.url, '--key', `k=${join(folder, 'grant.pub')}`],
    ...['--sign-key', join(folder, 'gate.key')],
  ]);
  const bus = connectBus({ url: broker.url, clientId: 'lane' });
  t.after(() => bus.close());
  const gate = createGateClient({
    bus,
    topics,
    place,
    trust,
    key: signingKey('k', 'ed25519', secret),
    clock: systemClock,
  });
  await until(() => gate.alive, 'the gate is heard');
  for (let n = 0; n < 20; n += 1) await bus.publish(topics.grant, `nonsense ${n}`, { qos: 1 });
  const open = (id: string) =>
    gate.open({ grant: grantId(id), direction: 'in', pulse: millis(100) }).then(({ outcome }) => outcome);
  assert.equal(await open('g-1'), 'opened');
  await until(async () => (await open(`g-${Math.random()}`)) === 'opened', 'once more');
  assert.equal(child.exitCode, null);
  assert.match(err(), /works on without a log/);
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
});

test('the log of a service that nobody reads any more ends nothing, and whoever waits for room goes on', async (t) => {
  const program = `
    const { guardOutput } = await import(${JSON.stringify(source('platform/output-guard.ts'))});
    const { openLog } = await import(${JSON.stringify(source('platform/log.ts'))});
    guardOutput('goes-on');
    const log = openLog('info');
    for (let n = 0; n < 200; n += 1) {
      log.info({ n, padding: 'x'.repeat(2000) }, 'line');
      await new Promise((resolve) => process.stdout.write('y'.repeat(1000), () => resolve()));
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    process.exitCode = 7;
  `;
  const { ended } = await cutOff(t, ['--input-type=module', '--eval', program]);
  assert.deepEqual(await ended, [7, null]);
});
