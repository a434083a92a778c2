import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { millis, monotonic, wallTime } from '../../src/base/units.js';
import { type Authority, createCommandChallenges } from '../../src/gate/operator-command/authority.js';
import type {
  Answer,
  OperatorCommandMessage,
  TakenCommands,
} from '../../src/gate/operator-command/operator-commands.js';
import { OPERATIONS, type Operation } from '../../src/gate/operator-command/operator-messages.js';
import { sendCommand } from '../../src/gate/operator-command/send-command.js';
import { openTakenCommands } from '../../src/gate/operator-command/sqlite-taken-orders.js';
import { openDatabase } from '../../src/records/sql/sqlite/sqlite-database.js';
import { LANE, operatorNamed } from '../gate/operator-command/operator.js';
import { steadyClock, steadySleep } from '../support/steady-clock.js';
import { until } from '../until.js';
import { accessWorld } from './access-world.js';
import { face, showFor } from './lane-world.js';

const options = { concurrency: true } as const;
const desk = operatorNamed('desk');
const stranger = operatorNamed('desk');
const authority: Authority = {
  operators: new Map([['desk', { key: desk.key, permissions: new Set(OPERATIONS) }]]),
  brokerUsers: new Map([['panel', { permissions: new Set<Operation>(['open']) }]]),
};

async function orderWorld(
  t: TestContext,
  { answer = { result: 'ok' }, taken }: { readonly answer?: Answer; readonly taken?: TakenCommands } = {},
) {
  const done: string[] = [];
  const handler =
    (name: string) =>
    async ({ operator, argument }: OperatorCommandMessage): Promise<Answer> => {
      done.push([name, operator, argument].join(' ').trim());
      return answer;
    };
  let ahead = 0;
  const world = await accessWorld(t, {
    parts: {
      clock: {
        monotonic: () => monotonic(steadyClock.monotonic() + ahead),
        wall: () => wallTime(Date.now()),
      },
      commands: {
        authority: () => authority,
        taken,
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
          snapshot: async () => {
            throw new Error('a camera that fell off');
          },
        },
      },
    },
  });
  const { topics, outside, broker } = world;
  assert.equal(topics.base, LANE);
  const answers: { readonly topic: string; readonly correlation: string; readonly said: string }[] = [];
  outside.subscribe(`${topics.base}/response/#`, ({ topic, payload, correlation }) => {
    const { v, transaction, operation, ...rest } = JSON.parse(Buffer.from(payload).toString());
    assert.equal(v, 1);
    answers.push({
      topic: topic.slice(topics.base.length),
      correlation: Buffer.from(correlation ?? []).toString(),
      said: [transaction, operation, ...Object.values(rest)].join(' '),
    });
  });
  let transactions = 0;
  const order = (
    operation: Operation,
    { argument = '', key = desk.signing, patience = 800 } = {},
  ): ReturnType<typeof sendCommand> =>
    sendCommand(
      {
        bus: broker.connect(),
        topics,
        key,
        newTransaction: () => `t-${++transactions}`,
        patience: millis(patience),
      },
      operation,
      argument,
    );
  const say = (topic: string, message: unknown, more: object = {}) =>
    outside.publish(`${topics.base}/command/${topic}`, JSON.stringify(message), { qos: 1, ...more });
  const commands = () =>
    world.rows
      .filter(({ kind }) => kind === 'command')
      .map(({ body: { lane: _, transaction: __, ...body } }) => body);
  /** The lane's clock goes on by this. */
  const hurry = (span: number) => {
    ahead += span;
  };
  return { ...world, done, answers, order, say, commands, hurry };
}

test('orders over MQTT', options, async (t) => {
  await Promise.all([
    t.test('open the gate for an operator, with their name in the journal', async (t) => {
      const world = await orderWorld(t);
      const answer = await world.order('open');
      assert.equal(answer.result, 'ok');
      assert.equal(world.opened.length, 1);
      assert.deepEqual(world.said(), ['granted opened-by-operator opened']);
      assert.deepEqual(world.commands(), [{ operation: 'open', operator: 'desk', by: 'signature' }]);
      const decision = world.rows.find(({ kind }) => kind === 'decision');
      assert.equal(decision?.body.operator, 'desk');
      const command = world.rows.find(({ kind }) => kind === 'command');
      const outcome = world.rows.find(
        ({ kind, subject }) => kind === 'outcome' && subject === command?.subject,
      );
      assert.equal(outcome?.body.outcome, 'ok');
    }),

    t.test('are refused while the gate is busy, and nothing waits', async (t) => {
      const world = await orderWorld(t);
      await showFor(world, 250, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
      assert.deepEqual(await world.order('open').then(({ reason }) => reason), 'busy');
      await steadySleep(600);
      assert.equal(world.opened.length, 1);
    }),

    t.test('reach the box with who asked and what for', async (t) => {
      const world = await orderWorld(t);
      assert.equal((await world.order('mode', { argument: 'free-exit' })).result, 'ok');
      assert.equal((await world.order('erase', { argument: 'ada' })).result, 'ok');
      for (const operation of ['lockdown', 'reload', 'sync', 'reset'] as const) await world.order(operation);
      assert.deepEqual(world.done, [
        'mode desk free-exit',
        'erase desk ada',
        'lockdown desk',
        'reload desk',
        'sync desk',
        'reset desk',
      ]);
      assert.deepEqual(world.commands()[1], {
        operation: 'erase',
        operator: 'desk',
        by: 'signature',
        person: 'ada',
      });
    }),

    t.test('tell what went wrong, and leave the lane at work', async (t) => {
      const world = await orderWorld(t, { answer: { result: 'refused', reason: 'no-source' } });
      assert.deepEqual((await world.order('sync')).reason, 'no-source');
      assert.deepEqual((await world.order('snapshot')).reason, 'internal');
      await showFor(world, 300, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
    }),

    t.test('of a stranger are refused, told and written down', async (t) => {
      const world = await orderWorld(t);
      assert.deepEqual((await world.order('open', { key: stranger.signing })).reason, 'bad-signature');
      await world.say('open', { v: 1, transaction: 'x' });
      await world.say('challenge', { v: 1, transaction: 'y', operator: 'eve' });
      await world.say('sesame', { v: 1, transaction: 'z' });
      await until(() => world.commands().length === 4, 'all is written down');
      assert.deepEqual(
        world.commands().map(({ operation, claimed, reason }) => [operation, claimed, reason]),
        [
          ['open', 'desk', 'bad-signature'],
          ['open', null, 'not-signed'],
          ['challenge', 'eve', 'unknown-operator'],
          ['sesame', null, 'unknown-operation'],
        ],
      );
      assert.deepEqual(world.opened, []);
    }),

    t.test('are worth nothing the second time', async (t) => {
      const world = await orderWorld(t);
      const heard: string[] = [];
      world.outside.subscribe(world.topics.operator.command('open'), ({ payload }) =>
        heard.push(Buffer.from(payload).toString()),
      );
      await world.order('open');
      await steadySleep(400);
      await world.outside.publish(world.topics.operator.command('open'), heard[0] ?? '', { qos: 1 });
      await until(() => world.answers.some(({ said }) => said.includes('used-challenge')), 'an answer');
      assert.equal(world.opened.length, 1);
    }),

    t.test('of a user of the broker count on their topic, once for each transaction', async (t) => {
      const world = await orderWorld(t);
      const message = { v: 1, transaction: 'p-1' };
      await world.say('open/panel', message);
      await until(() => world.opened.length === 1, 'an opening');
      await steadySleep(400);
      await world.say('open/panel', message);
      await world.say('open/desk', { ...message, transaction: 'p-2' });
      await world.say('lockdown/panel', { ...message, transaction: 'p-3' });
      await until(() => world.answers.length === 4, 'four answers');
      assert.deepEqual(
        world.answers.map(({ said }) => said),
        [
          'p-1 open ok opened',
          'p-1 open refused repeated',
          'p-2 open refused unknown-operator',
          'p-3 lockdown refused not-allowed',
        ],
      );
      assert.equal(world.opened.length, 1);
      assert.deepEqual(world.done, []);
    }),

    t.test('that are retained, too long or no order at all are dropped without an answer', async (t) => {
      const world = await orderWorld(t);
      const good = { v: 1, transaction: 'p-1' };
      await world.say('open/panel', good, { retain: true });
      for (const bad of [
        { ...good, padding: 'x'.repeat(3000) },
        { ...good, v: 2 },
        [],
        'open',
        { transaction: 1 },
      ])
        await world.say('open/panel', bad);
      await until(() => world.notes.length >= 6, 'six notes');
      assert.deepEqual(world.answers, []);
      assert.deepEqual(world.opened, []);
    }),

    t.test('are answered where it was asked for, if that is the lane’s own', async (t) => {
      const world = await orderWorld(t);
      const responses = { correlation: Buffer.from('c-7') };
      const own = `${world.topics.base}/response/panel/7`;
      await world.say('open/panel', { v: 1, transaction: 'p-1' }, { ...responses, responseTopic: own });
      await until(() => world.answers.length === 1, 'an answer');
      assert.deepEqual(world.answers[0], {
        topic: '/response/panel/7',
        correlation: 'c-7',
        said: 'p-1 open ok opened',
      });
      for (const foreign of ['cmnd/door/POWER', world.topics.gate.grant, `${world.topics.base}/response/+`])
        await world.say('open/panel', { v: 1, transaction: 'p-1' }, { ...responses, responseTopic: foreign });
      await until(() => world.answers.length === 4, 'three more');
      assert.deepEqual(
        new Set(world.answers.slice(1).map(({ topic }) => topic)),
        new Set(['/response/open']),
      );
    }),

    t.test('of a flood are not all answered, and somebody who may is still heard soon', async (t) => {
      const world = await orderWorld(t);
      for (let n = 0; n < 300; n += 1) await world.say('open', { v: 1, transaction: `f-${n}` });
      await steadySleep(300);
      assert.ok(world.answers.length >= 1 && world.answers.length <= 20, `${world.answers.length} answers`);
      assert.ok(world.commands().length <= 20);
      assert.equal((await world.order('reload')).result, 'ok');
    }),
  ]);
});

// Apart from the others: a flood keeps the one thread busy on which their pictures age.
test('orders on a topic with 65 letters, or one that is none, end nothing and are dropped', async (t) => {
  const world = await orderWorld(t);
  const long = 'x'.repeat(65);
  for (let n = 0; n < 12; n += 1)
    for (const topic of [`${long}/panel`, long, `open/${long}`, 'Ä/panel', '/panel', 'open/', '/', 'a b/c'])
      await world.say(topic, { v: 1, transaction: `l-${n}` });
  await until(() => world.notes.some((note) => note.kind === 'dropped-message'), 'a note');
  assert.equal((await world.order('open')).result, 'ok');
  assert.deepEqual(world.commands(), [{ operation: 'open', operator: 'desk', by: 'signature' }]);
  assert.deepEqual(world.broker.faults, []);
});

test('orders of a name with 64 letters that is no operation are refused, and nothing ends', async (t) => {
  const world = await orderWorld(t);
  await world.say(`${'x'.repeat(40)}/panel`, { v: 1, transaction: 'l-1' });
  await until(() => world.answers.length === 1, 'an answer');
  assert.match(world.answers[0]?.said ?? '', /refused unknown-operation/);
  assert.equal((await world.order('open')).result, 'ok');
});

test('orders with a name of 60,000 letters write no row of 60 kB: whatever a stranger names is bounded', async (t) => {
  const world = await orderWorld(t);
  const long = 'x'.repeat(60_000);
  for (const topic of [long, `${long}/panel`, `open/${long}`])
    await world.say(topic, { v: 1, transaction: 'l-1' });
  for (const more of [{ transaction: long }, { operator: long }, { challenge: long }])
    await world.say('open', { v: 1, transaction: 't', ...more });
  assert.equal((await world.order('open')).result, 'ok');
  assert.ok(world.rows.every((row) => JSON.stringify(row).length < 2000));
  assert.ok(world.notes.every((note) => JSON.stringify(note).length < 2000));
});

test('orders of one sender take nothing from another: each has limits of their own', async (t) => {
  const world = await orderWorld(t);
  for (let n = 0; n < 500; n += 1) {
    await world.say('lockdown/panel', { v: 1, transaction: `p-${n}` });
    await world.say('open/nobody', { v: 1, transaction: `n-${n}` });
  }
  assert.equal((await world.order('open')).result, 'ok');
  assert.ok(world.commands().length <= 25, `${world.commands().length} rows`);
});

test("forgeries in an operator's name keep the operator's own order from being looked at for no more than a moment", async (t) => {
  const world = await orderWorld(t);
  let flooding = true;
  let forged = 0;
  const flood = async () => {
    const known: string[] = [];
    world.outside.subscribe(`${world.topics.base}/response/challenge`, ({ payload }) => {
      const { challenge } = JSON.parse(Buffer.from(payload).toString());
      if (typeof challenge === 'string') known.push(challenge);
    });
    for (; flooding; forged += 40) {
      for (let n = 0; n < 20; n += 1) {
        await world.say('challenge', { v: 1, transaction: `c-${forged + n}`, operator: 'desk' });
        const challenge = known[n % Math.max(1, known.length)] ?? 'a'.repeat(64);
        await world.say('open', {
          v: 1,
          transaction: `o-${forged + n}`,
          operator: 'desk',
          challenge,
          signature: 'b'.repeat(128),
        });
      }
      await new Promise(setImmediate);
    }
  };
  const flooded = flood();
  await until(() => forged >= 1000, 'a flood');
  const answers = [];
  for (let n = 0; n < 3; n += 1) answers.push((await world.order('reload', { patience: 2000 })).result);
  flooding = false;
  await flooded;
  t.diagnostic(`${forged} forged messages`);
  assert.deepEqual(answers, ['ok', 'ok', 'ok']);
  assert.deepEqual(
    world.commands().filter(({ result }) => result !== 'refused'),
    answers.map(() => ({ operation: 'reload', operator: 'desk', by: 'signature' })),
  );
  assert.ok(world.commands().length <= 30, `${world.commands().length} rows`);
});

test('orders that are dropped in a flood are summarised for security, with how many there were', async (t) => {
  const world = await orderWorld(t);
  for (let n = 0; n < 1304; n += 1) await world.say('open/nobody', { v: 1, transaction: `n-${n}` });
  await steadySleep(50);
  world.hurry(11_000);
  await until(() => world.rows.some(({ body }) => body.notice === 'messages-dropped'), 'a summary');
  const summary = world.rows.find(({ body }) => body.notice === 'messages-dropped');
  assert.equal(summary?.body.topic, `${LANE}/command`);
  assert.ok(Number(summary?.body.dropped) >= 1200, `${summary?.body.dropped} dropped`);
});

test('an order of a broker user that was recorded opens nothing again after a restart of the box', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-taken-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'twinstile.db');
  const recorded = { v: 1, transaction: 'p-1' };
  const start = async () => {
    const database = await openDatabase(file);
    const world = await orderWorld(t, { taken: openTakenCommands(database) });
    const stop = async () => {
      world.stop.abort();
      await world.served;
      await database.close();
    };
    return { ...world, close: stop };
  };
  const before = await start();
  await before.say('open/panel', recorded);
  await until(() => before.answers.length === 1, 'an answer');
  assert.equal(before.opened.length, 1);
  await before.close();

  const after = await start();
  for (let n = 0; n < 3; n += 1) await after.say('open/panel', recorded);
  await until(() => after.answers.length === 3, 'three answers');
  assert.deepEqual(new Set(after.answers.map(({ said }) => said)), new Set(['p-1 open refused repeated']));
  assert.deepEqual(after.opened, []);
  assert.deepEqual(after.commands()[0], {
    operation: 'open',
    claimed: 'panel',
    result: 'refused',
    reason: 'repeated',
  });
  await after.say('open/panel', { v: 1, transaction: 'p-2' });
  await until(() => after.opened.length === 1, 'an opening for a new one');
  await after.close();
});

test('an order of a broker user that says when it was given is good for a minute', async (t) => {
  const world = await orderWorld(t);
  const given = (ago: number) => new Date(Date.now() - ago).toISOString();
  await world.say('open/panel', { v: 1, transaction: 'old', at: given(61_000) });
  await world.say('open/panel', { v: 1, transaction: 'ahead', at: given(-61_000) });
  await world.say('open/panel', { v: 1, transaction: 'new', at: '2026-03-02T07:58:12.402310+00:00' });
  await world.say('open/panel', { v: 1, transaction: 'now', at: given(0).replace('Z', '+00:00') });
  await until(() => world.answers.length === 4, 'four answers');
  assert.deepEqual(
    world.answers.map(({ said }) => said),
    [
      'old open refused stale-command',
      'ahead open refused stale-command',
      'new open refused stale-command',
      'now open ok opened',
    ],
  );
});

test('an order of a broker user that cannot be written down is not done, except what closes the gate', async (t) => {
  const broken: TakenCommands = { take: () => Promise.reject(new Error('disk gone')) };
  const world = await orderWorld(t, { taken: broken });
  await world.say('open/panel', { v: 1, transaction: 'p-1' });
  await until(() => world.answers.length === 1, 'an answer');
  assert.equal(world.answers[0]?.said, 'p-1 open failed journal-failed');
  assert.deepEqual(world.opened, []);
});
