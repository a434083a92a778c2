/** Orders over a real broker with the access list of docs/PROTOCOL.md: who may, who may not, and what the wire carries. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import mqtt from 'mqtt';
import { laneId, siteId } from '../../src/base/ids.js';
import { commandCommand } from '../../src/cli/gate/command-verb.js';
import { runActuator } from '../../src/gate/actuate.js';
import { createSimulator } from '../../src/gate/drives/simulated-drive.js';
import { createGateClient } from '../../src/gate/gate-client.js';
import { createCommandChallenges } from '../../src/gate/operator-command/authority.js';
import type { Answer } from '../../src/gate/operator-command/operator-commands.js';
import { newGrantKey } from '../../src/gate/protocol/signature.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { commandsSchema } from '../../src/service/config/config-schema.js';
import { readAuthority } from '../../src/service/daemon/operator-sessions.js';
import { blocks } from '../gate/protocol/document.js';
import { gateKeyPair, placeOf } from '../gate/protocol/gate-keys.js';
import { keyPair } from '../gate/protocol/sample.js';
import { laneWorld } from '../lane/lane-world.js';
import { brokerFor } from '../service/demo/broker-for.js';
import { until } from '../until.js';

const topics = laneTopics(siteId('head-office'), laneId('north'));

async function siteFor(t: TestContext) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-orders-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [desk, stranger] = [newGrantKey('ed25519'), newGrantKey('ed25519')];
  await writeFile(path.join(folder, 'desk.key'), desk.secret);
  await writeFile(path.join(folder, 'desk.pub'), desk.forGate ?? '');
  await writeFile(path.join(folder, 'stranger.key'), stranger.secret);
  const authority = await readAuthority({
    commands: commandsSchema.parse({
      operators: [{ id: 'front-desk', key_file: path.join(folder, 'desk.pub') }],
      trust_broker: true,
      broker_users: [{ id: 'panel', permissions: ['open', 'lockdown'] }],
    }),
  });
  const broker = await brokerFor(t, blocks('acl').join('').split('\n'));
  const connect = (username: string) => {
    const bus = connectBus({ url: broker.url, clientId: username, username });
    t.after(() => bus.close());
    return bus;
  };
  const stop = new AbortController();
  const drive = createSimulator();
  const keys = keyPair();
  const { signer, trust } = gateKeyPair();
  const place = placeOf('head-office', 'north', 'north-1');
  const gate = { topics: topics.gate, place, clock: systemClock };
  const ended = runActuator(
    { ...gate, bus: connect('gate-north'), direction: 'in', keys: [keys.verifying], signer, drive },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await ended;
  });
  const bus = connect('twinstile');
  const done: string[] = [];
  const handler = (name: string) => async (): Promise<Answer> => {
    done.push(name);
    return { result: 'ok' };
  };
  const lane = await laneWorld(t, {
    gate: false,
    parts: {
      topics,
      bus,
      gate: (listeners) => createGateClient({ ...gate, bus, key: keys.signing, trust, ...listeners }),
      commands: {
        authority: () => authority,
        challenges: createCommandChallenges(randomBytes(32)),
        nonce: () => randomBytes(8),
        handlers: {
          lockdown: handler('lockdown'),
          mode: handler('mode'),
          reset: handler('reset'),
          reload: handler('reload'),
          sync: handler('sync'),
          erase: handler('erase'),
          dispute: handler('dispute'),
          snapshot: handler('snapshot'),
        },
      },
    },
  });
  await until(() => lane.states.at(-1)?.gate === 'ready', 'the gate is heard');
  /** The command line of an operator. */
  const order = async (words: readonly string[], key = 'desk.key', username = 'front-desk') => {
    const said: string[] = [];
    let exitCode = 0;
    const world = {
      print: (line: string) => void said.push(line),
      setExitCode: (code: number) => {
        exitCode = code;
      },
    };
    const place = ['--site', 'head-office', '--lane', 'north', '--broker', broker.url];
    const who = ['--operator', 'front-desk', '--key', path.join(folder, key), '--username', username];
    await commandCommand(world).parseAsync([...words, ...place, ...who, '--json'], { from: 'user' });
    return { ...JSON.parse(said[0] ?? '{}'), exitCode };
  };
  return { broker, lane, drive, done, order, connect };
}

test('an operator opens the gate from the command line, and nobody else does', async (t) => {
  const { order, drive, lane, done } = await siteFor(t);
  assert.equal((await order(['open'])).outcome, 'opened');
  assert.equal(drive.releases, 1);
  assert.deepEqual((await order(['open'], 'stranger.key')).reason, 'bad-signature');
  assert.deepEqual((await order(['erase', 'ada'])).reason, 'not-allowed');
  assert.equal((await order(['mode', 'free-exit'])).exitCode, 0);
  assert.deepEqual(done, ['mode']);
  assert.equal(drive.releases, 1);
  const journal = lane.rows.filter(({ kind }) => kind === 'command').map(({ body }) => body);
  assert.deepEqual(
    journal.map(({ operation, operator, claimed, mode }) => [
      operation,
      operator ?? `claims ${claimed}`,
      mode,
    ]),
    [
      ['open', 'front-desk', undefined],
      ['open', 'claims front-desk', undefined],
      ['erase', 'claims front-desk', undefined],
      ['mode', 'front-desk', 'free-exit'],
    ],
  );
});

test('a user of the broker orders on their own topic, with an answer where they want it, and not on another’s', async (t) => {
  const { broker, drive, done, lane } = await siteFor(t);
  const panel = await mqtt.connectAsync(broker.url, {
    protocolVersion: 5,
    username: 'panel',
    clientId: 'panel',
  });
  t.after(() => panel.endAsync());
  const answers: { readonly topic: string; readonly correlation: string; readonly body: unknown }[] = [];
  panel.on('message', (topic, payload, { properties }) =>
    answers.push({
      topic: topic.replace(topics.base, ''),
      correlation: String(properties?.correlationData),
      body: JSON.parse(payload.toString()),
    }),
  );
  await panel.subscribeAsync(`${topics.base}/response/#`);
  const properties = { responseTopic: `${topics.base}/response/panel`, correlationData: Buffer.from('17') };
  const payload = JSON.stringify({ v: 1, transaction: 'p-1' });
  await panel.publishAsync(topics.operator.command('open', 'panel'), payload, { qos: 1, properties });
  await until(() => answers.length === 1, 'an answer');
  assert.deepEqual(answers[0], {
    topic: '/response/panel',
    correlation: '17',
    body: { v: 1, transaction: 'p-1', operation: 'open', result: 'ok', outcome: 'opened' },
  });
  assert.equal(drive.releases, 1);

  for (const topic of [topics.operator.command('lockdown', 'dashboard'), topics.operator.command('lockdown')])
    await assert.rejects(panel.publishAsync(topic, payload, { qos: 1 }), /Not authorized/i);
  await panel.publishAsync(topics.operator.command('lockdown', 'panel'), payload.replace('p-1', 'p-2'), {
    qos: 1,
    retain: true,
  });
  await until(
    () => lane.notes.some((note) => note.kind === 'dropped-message'),
    'the retained one is dropped',
  );
  assert.deepEqual(done, []);
});
