import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { aborted } from '../../../src/base/delay.js';
import { TwinstileError } from '../../../src/base/errors.js';
import { connectLocalSocket } from '../../../src/platform/local-socket/local-client.js';
import { serveLocalSocket } from '../../../src/platform/local-socket/local-server.js';
import { systemClock } from '../../../src/platform/system-clock.js';
import { connectCore } from '../../../src/service/core-socket/ask-core.js';
import { CORE_FORMAT, type FollowEvent } from '../../../src/service/core-socket/core-messages.js';
import { type CoreServices, serveCoreClient } from '../../../src/service/core-socket/core-session.js';
import { face, frameOf } from '../../lane/lane-world.js';
import { holds } from '../../support/properties.js';
import { until } from '../../until.js';

const ADA = {
  lane: 'north',
  person: { id: 'ada', name: 'Ada' },
  badges: [],
  lookalikes: true,
};
const BY = { by: 'unix:registrar', office: 'box' };
const enrolled = { accepted: 3, refusals: [], hasConsent: true };
const disputed = {
  dispute: 'd-1',
  person: 'ada',
  lane: 'north',
  remedy: { kind: 'bound', rate: 1e-6 },
  isInForce: true,
  hadEvidence: true,
  until: 1,
} as const;

async function serving(t: TestContext, services: Partial<CoreServices> = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinstile-core-'));
  const [faults, peers]: [unknown[], string[]] = [[], []];
  const core: CoreServices = {
    site: 'office',
    lanes: ['north'],
    enroll: async () => enrolled,
    dispute: async () => disputed,
    picture: async () => ({ kind: 'none', reason: 'live-view-off' }),
    follow: (_after, _send, signal) => aborted(signal),
    ...services,
  };
  const at = path.join(folder, 'core.sock');
  const server = await serveLocalSocket({
    path: at,
    format: CORE_FORMAT,
    clock: systemClock,
    onConnection: (connection) => serveCoreClient(connection, core, (error) => faults.push(error)),
    onFault: (detail) => peers.push(detail),
  });
  t.after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  return { at, faults, peers, server };
}

test('a client is welcomed with site and lanes, and sees the guidance of its own enrollment', async (t) => {
  const asked: unknown[] = [];
  const { at } = await serving(t, {
    enroll: async (request, actor, { onProgress }) => {
      asked.push(request, actor);
      onProgress({ guidance: 'turn-left', looks: 1, needed: 3 });
      return enrolled;
    },
  });
  const client = await connectCore(at, BY);
  assert.deepEqual([client.site, client.lanes], ['office', ['north']]);
  const seen: string[] = [];
  const done = await client.enroll(ADA, ({ guidance }) => seen.push(guidance), new AbortController().signal);
  assert.deepEqual([done.accepted, seen], [3, ['turn-left']]);
  assert.deepEqual(asked, [ADA, BY]);
  assert.equal((await client.dispute({ decision: 'decision-1', days: 30 })).isInForce, true);
  client.close();
});

test('a refusal of the service reaches the terminal with its code and what to do', async (t) => {
  const { at, faults } = await serving(t, {
    dispute: async () => {
      throw new TwinstileError({ code: 'person-unknown', message: 'Expected A, got B.', hint: 'Do C.' });
    },
  });
  const client = await connectCore(at, BY);
  await assert.rejects(client.dispute({ decision: 'x', days: 1 }), {
    code: 'person-unknown',
    message: 'Expected A, got B.',
    hint: 'Do C.',
  });
  assert.deepEqual(faults, []);
  client.close();
});

test('a fault of the service is logged there, and the client learns no more than that', async (t) => {
  const { at, faults } = await serving(t, {
    dispute: async () => {
      throw new RangeError('secret detail');
    },
  });
  const client = await connectCore(at, BY);
  await assert.rejects(client.dispute({ decision: 'x', days: 1 }), {
    code: 'internal',
    message: /The service failed/,
  });
  assert.equal(faults.length, 1);
  client.close();
});

for (const how of ['cancels', 'goes away'] as const)
  test(`an enrollment ends when its client ${how}`, async (t) => {
    let aborted = false;
    const { at } = await serving(t, {
      enroll: (_, __, { signal, onProgress }) =>
        new Promise((_resolve, reject) => {
          onProgress({ guidance: 'hold-still', looks: 0, needed: 3 });
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(new TwinstileError({ code: 'stopped', message: 'Stopped.' }));
          });
        }),
    });
    const client = await connectCore(at, BY);
    const cancel = new AbortController();
    const running = client.enroll(
      ADA,
      () => (how === 'cancels' ? cancel.abort() : client.close()),
      cancel.signal,
    );
    await assert.rejects(running);
    await until(() => aborted, 'the enrollment ends');
    client.close();
  });

for (const [what, messages] of [
  ['a request before its greeting', [{ kind: 'cancel', id: 'r-1' }]],
  ['a greeting of another version', [{ kind: 'hello', v: 2, by: BY }]],
  ['two greetings', [1, 2].map(() => ({ kind: 'hello', v: 1, by: BY }))],
  ['a message of no kind that exists', [{ kind: 'open', lane: 'north' }]],
  ['a name in the place of who it is', [{ kind: 'hello', v: 1, by: { by: 'ada' } }]],
] as const)
  test(`a peer that sends ${what} is disconnected`, async (t) => {
    const { at, peers, server } = await serving(t);
    const client = await connectLocalSocket(at, CORE_FORMAT);
    for (const message of messages) client.send(message);
    while ((await client.next()) !== undefined);
    await until(() => server.connections === 0, 'the peer is gone');
    assert.equal(peers.length, 1);
  });

const REQUESTS = [
  { kind: 'dispute', id: 'a', decision: 'b', days: 1 },
  { kind: 'picture', id: 'a', lane: 'north' },
  { kind: 'follow', id: 'a', after: 0 },
];

test('no message whatever does more than it says: without a greeting nothing is asked of core', async (t) => {
  await holds(
    t,
    fc.property(fc.array(fc.oneof(fc.jsonValue(), fc.constantFrom(...REQUESTS))), (messages) => {
      let asked = 0;
      const core = {
        site: 'office',
        lanes: [],
        enroll: async () => {
          asked += 1;
          return enrolled;
        },
        dispute: async () => {
          asked += 1;
          return disputed;
        },
        picture: async () => {
          asked += 1;
          return { kind: 'none', reason: 'live-view-off' } as const;
        },
        follow: async () => {
          asked += 1;
        },
      };
      const peer = { send: () => {}, end: () => {}, gone: new AbortController().signal };
      const receive = serveCoreClient(peer, core, () => {});
      for (const message of messages) assert.throws(() => receive(message));
      assert.equal(asked, 0);
    }),
    { short: 200, long: 20_000 },
  );
});

test('more requests at once than a client needs are refused, and each answered one makes room', async (t) => {
  const { at } = await serving(t, { enroll: () => new Promise(() => {}) });
  const client = await connectLocalSocket(at, CORE_FORMAT);
  client.send({ kind: 'hello', v: 1, by: BY });
  await client.next();
  for (let n = 0; n < 33; n += 1) client.send({ kind: 'enroll', id: `r-${n}`, ...ADA });
  const refused = (await client.next())?.header as { kind: string; id: string; code: string };
  assert.deepEqual([refused.kind, refused.id, refused.code], ['failed', 'r-32', 'bad-arguments']);
  client.close();
});

test('pictures, rows and states reach the request that they belong to, however many run at once', async (t) => {
  const bytes = Uint8Array.of(255, 216, 255, 9);
  const frame = frameOf(7, 1000, [face('ada')]);
  const { at } = await serving(t, {
    picture: async (lane) =>
      lane === 'north'
        ? { kind: 'picture', bytes, width: 64, height: 48, frame, age: 12.4 }
        : { kind: 'none', reason: 'unknown-lane' },
    follow: async (after, send, signal) => {
      send({ kind: 'state', lane: 'north', state: { mode: 'closed' } });
      const row = {
        seq: (after ?? 0) + 1,
        at: 5,
        kind: 'decision',
        subject: 'd-1',
        body: { person: 'ada' },
      } as const;
      send({ kind: 'rows', rows: [row], names: { ada: 'Ada' } });
      await aborted(signal);
    },
  });
  const client = await connectCore(at, BY);
  const stop = new AbortController();
  const items: FollowEvent[] = [];
  const following = client.follow(41, (item) => items.push(item), stop.signal);
  const [picture, none] = await Promise.all([client.picture('north'), client.picture('south')]);
  assert.ok(picture.kind === 'picture');
  assert.deepEqual(
    [picture.seq, picture.age_ms, picture.gate, [...picture.jpeg]],
    [7, 12, 'one', [...bytes]],
  );
  assert.deepEqual(
    picture.faces.map(({ track, at_gate: isAtGate }) => [track, isAtGate]),
    [['track-of-ada', true]],
  );
  assert.ok(none.kind === 'no-picture' && none.reason === 'unknown-lane');
  await until(() => items.length === 2, 'a state and a row');
  stop.abort();
  await following;
  assert.deepEqual(
    items.map((item) => (item.kind === 'rows' ? [item.rows[0]?.seq, item.names] : item.state)),
    [{ mode: 'closed' }, [42, { ada: 'Ada' }]],
  );
  client.close();
});

test('a connection that ends fails everything that still waits, and every later request', async (t) => {
  const { at, server } = await serving(t);
  const client = await connectCore(at, BY);
  const following = client.follow(undefined, () => {}, new AbortController().signal);
  await server.close();
  await assert.rejects(following, { code: 'socket-protocol' });
  await assert.rejects(client.picture('north'), { code: 'socket-protocol' });
});
