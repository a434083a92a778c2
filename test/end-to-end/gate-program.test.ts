/** `twinstile gate` as a process of its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
import { chance, mutated } from '../chaos/chance.js';
import { writeGateKey } from '../gate/protocol/gate-keys.js';
import { grantBytes, place } from '../gate/protocol/sample.js';
import { brokerFor } from '../service/demo/broker-for.js';
import { until } from '../until.js';

const topics = laneTopics(siteId('s'), laneId('l')).gate;
const main = new URL('../../src/main.ts', import.meta.url).pathname;

/** The program with these arguments, killed with the test if it still runs. */
function gateProgram(t: TestContext, args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', main, 'gate', ...args]);
  t.after(() => child.kill('SIGKILL'));
  const said = { out: '', err: '' };
  child.stdout.on('data', (text) => {
    said.out += text;
  });
  child.stderr.on('data', (text) => {
    said.err += text;
  });
  return { child, said, ended: once(child, 'exit') };
}

test('the gate runs a program for a grant, tells who it is for, survives the broker, and ends at the first SIGTERM', async (t) => {
  const broker = await brokerFor(t);
  const folder = await mkdtemp(join(tmpdir(), 'twinstile-gate-'));
  t.after(() => rm(folder, { recursive: true }));
  const { secret, forGate } = newGrantKey('ed25519');
  const key = join(folder, 'grant.pub');
  await writeFile(key, forGate ?? '');
  const { trust } = await writeGateKey(folder);
  const program = join(folder, 'open');
  await writeFile(
    program,
    `#!/bin/sh\necho "$1 $TWINSTILE_GRANT $TWINSTILE_PULSE_MS" >> '${folder}/opened'\n`,
    {
      mode: 0o755,
    },
  );
  const { child, said, ended } = gateProgram(t, [
    ...['--site', 's', '--lane', 'l', '--gate', 'north-1', '--direction', 'in', '--broker', broker.url],
    ...[
      '--key',
      `k=${key}`,
      '--sign-key',
      join(folder, 'gate.key'),
      '--drive',
      'command',
      '--',
      program,
      'relay-2',
    ],
  ]);

  const bus = connectBus({ url: broker.url, clientId: 'lane' });
  t.after(() => bus.close());
  const availability: string[] = [];
  bus.subscribe(topics.availability, ({ payload }) => availability.push(Buffer.from(payload).toString()));
  const client = createGateClient({
    bus,
    topics,
    place,
    trust,
    key: signingKey('k', 'ed25519', secret),
    clock: systemClock,
  });
  const open = (id: string) => client.open({ grant: grantId(id), direction: 'in', pulse: millis(200) });
  await until(() => client.alive, 'the gate asks');
  assert.equal((await open('g-1')).outcome, 'opened');
  await broker.cut();
  await until(() => said.out.includes('The broker is away'), 'the gate says that the broker is away');
  await broker.restore();
  await until(() => bus.connected && client.alive && said.out.split('Connected').length === 3, 'back');
  // A challenge of before may still count as alive here, and is too old for the gate by now.
  let tries = 0;
  await until(async () => {
    tries += 1;
    return (await open(`back-${tries}`)).outcome === 'opened';
  }, 'opens again');

  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
  await until(() => availability.at(-1) === 'offline', 'offline');
  assert.match(
    said.out,
    /^Gate north-1 \(in\) of lane l, site s: command\.\nKeys: k \(ed25519\)\.\nAnswers are signed with the gate's own key \(ed25519\)\.\n/,
  );
  assert.match(said.out, /\nOpened for grant g-1\.\n/);
  assert.equal(
    await readFile(join(folder, 'opened'), 'utf8'),
    `relay-2 g-1 200\nrelay-2 back-${tries} 200\n`,
  );
  assert.match(said.out, /\nStopped\.\n$/);
});

test('wrong usage is told on stderr with what to do, and ends with 2', async (t) => {
  const { said, ended } = gateProgram(t, ['--site', 's']);
  assert.deepEqual(await ended, [2, null]);
  assert.match(
    said.err,
    /^twinstile: Expected --site, .* got no --lane, .* For example: twinstile gate --site /,
  );
  assert.equal(said.out, '');
});

async function runningGate(t: TestContext, body: string) {
  const broker = await brokerFor(t);
  const folder = await mkdtemp(join(tmpdir(), 'twinstile-gate-'));
  t.after(() => rm(folder, { recursive: true }));
  const { secret, forGate } = newGrantKey('ed25519');
  await writeFile(join(folder, 'grant.pub'), forGate ?? '');
  const { trust } = await writeGateKey(folder);
  const program = join(folder, 'open');
  await writeFile(program, `#!/bin/sh\n${body.replaceAll('$HERE', folder)}\n`, { mode: 0o755 });
  const gate = gateProgram(t, [
    ...['--site', 's', '--lane', 'l', '--gate', 'north-1', '--direction', 'in', '--broker', broker.url],
    ...['--key', `k=${join(folder, 'grant.pub')}`, '--sign-key', join(folder, 'gate.key')],
    ...['--drive', 'command', '--', program],
  ]);
  const bus = connectBus({ url: broker.url, clientId: 'lane' });
  t.after(() => bus.close());
  const key = signingKey('k', 'ed25519', secret);
  const client = createGateClient({ bus, topics, place, trust, key, clock: systemClock });
  const open = (id: string, pulse = 100) =>
    client.open({ grant: grantId(id), direction: 'in', pulse: millis(pulse) });
  await until(() => client.isProven, 'lane and gate know each other');
  return { ...gate, folder, bus, key, open };
}

test('a hanging drive command is told as unconfirmed, and does not outlive the gate that is stopped', async (t) => {
  const { child, ended, open, folder } = await runningGate(
    t,
    'echo $$ > "$HERE/pid"; sleep 600 & echo $! >> "$HERE/pid"; wait; sleep 600',
  );
  assert.equal((await open('g-1', 10_000)).outcome, 'unconfirmed');
  const pids = (await readFile(join(folder, 'pid'), 'utf8')).trim().split('\n').map(Number);
  assert.equal(pids.length, 2);
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
  for (const pid of pids)
    await until(async () => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
      return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
    }, `${pid} is gone`);
});

test('the gate program dies of no message that a stranger publishes: topics and payloads fuzzed', async (t) => {
  const seed = Math.floor(Math.random() * 1e9);
  t.diagnostic(`seed ${seed}`);
  const { child, open, bus, key, said } = await runningGate(t, 'exit 0');
  const luck = chance(seed);
  const letters = () => Array.from({ length: luck.below(300) }, () => luck.below(256));
  const grant = () => grantBytes(key, { id: grantId(`x-${luck.below(1e9)}`) });
  const session = () =>
    Buffer.from(
      JSON.stringify({
        ...{ v: 2, gate: 'north-1', challenge: '00'.repeat(16), session: 'ab'.repeat(16) },
        ...{ key: 'k', algorithm: 'ed25519', signature: '00'.repeat(64) },
      }),
    );
  const payloads: readonly (() => Uint8Array)[] = [
    grant,
    session,
    () => mutated(grant(), luck),
    () => mutated(session(), luck),
    () => Buffer.from(letters()),
    () => Buffer.alloc(luck.below(200_000), 0x5b),
    () => Buffer.from('{"__proto__":{"v":2},"toString":null}'),
    () => Buffer.alloc(0),
  ];
  const places = [topics.grant, topics.grant, topics.ack, topics.challenge, topics.passage];
  for (let n = 0; n < 1500; n += 1) {
    const topic = luck.below(4) === 0 ? `${topics.grant}/${luck.below(9)}/x` : luck.pick(places);
    await bus.publish(topic, luck.pick(payloads)(), { qos: n % 50 === 0 ? 1 : 0 });
  }
  await until(async () => (await open(`g-${Math.random()}`)).outcome === 'opened', 'opens after all');
  assert.equal(child.exitCode, null);
  assert.equal(said.err, '');
});
