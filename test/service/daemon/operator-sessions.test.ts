import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import pino from 'pino';
import { openAccessStore } from '../../../src/access/policy/sqlite-access-store.js';
import { TwinstileError } from '../../../src/base/errors.js';
import { laneId, personId } from '../../../src/base/ids.js';
import { monotonic, wallTime } from '../../../src/base/units.js';
import { openTakenCommands } from '../../../src/gate/operator-command/sqlite-taken-orders.js';
import { newGrantKey } from '../../../src/gate/protocol/signature.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { openBoxAccess } from '../../../src/service/daemon/access-service.js';
import { answerWithSnapshot, createOperatorSessions } from '../../../src/service/daemon/operator-sessions.js';
import type { Snapshot } from '../../../src/vision/ports/vision.js';
import { fakeGallery } from '../../fakes/gallery-store.js';
import { galleryOf } from '../../lane/lane-world.js';

const north = laneId('north');
const ada = personId('ada');
/** No test of this file gets as far as a camera. */
const blind = { snapshot: () => assert.fail('nobody may look') };
const CONFIG = `
site: s
gallery: { key_file: k }
mqtt: { url: "mqtts://b:8883" }
grants: { key_id: a, algorithm: ed25519, key_file: g }
lanes: [{ id: north, gate: g, gate_key_file: gate.pub, direction: in, camera: { kind: usb, device: /dev/video0 }, identification: { max_fpir: 1 in 1_000 } }]
commands: { operators: [{ id: desk, key_file: ./desk.pub }] }
`;

async function box(t: TestContext) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-orders-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'twinstile.yaml');
  const write = (text: string) => writeFile(file, text);
  await write(CONFIG);
  await writeFile(path.join(folder, 'desk.pub'), newGrantKey('ed25519').forGate ?? '');
  const config = await loadConfig(file);
  const database = await openDatabase(':memory:');
  t.after(() => database.close());
  const people = fakeGallery();
  await people.apply([{ kind: 'put-person', person: { id: ada, name: 'Ada' } }]);
  const gallery = await galleryOf();
  const access = await openBoxAccess({
    config,
    people,
    store: openAccessStore(database),
    gallery: () => gallery,
    boot: 'b',
    onFault: assert.fail,
  });
  const log = pino({ level: 'silent' });
  const pulls: string[] = [];
  const erase = async (person: typeof ada) => {
    await people.apply([{ kind: 'remove-person', person }]);
    return { left: [] };
  };
  const taken = openTakenCommands(database);
  const parts = { config, access, people, taken, erase, log, reload: { reread: () => loadConfig(file) } };
  const orders = await createOperatorSessions({ ...parts });
  const fleet = await createOperatorSessions({ ...parts, pull: () => pulls.push('pull') });
  const commands = orders.commandsOf(north, blind);
  const order = (name: keyof typeof commands.handlers, argument = '') =>
    commands.handlers[name]({ operator: 'desk', argument });
  return { folder, write, access, people, orders, commands, order, parts, fleet, pulls };
}

test('a lockdown and a mode hold for their lane', async (t) => {
  const { order, access } = await box(t);
  assert.deepEqual(await order('lockdown'), { result: 'ok', mode: 'lockdown', saved: true });
  assert.equal(access.modeOf(north), 'lockdown');
  assert.equal(access.modeOf(laneId('south')), 'normal');
  await order('mode', 'normal');
  assert.equal(access.modeOf(north), 'normal');
  assert.deepEqual(await order('mode'), { result: 'refused', reason: 'mode-missing' });
});

test('an erased person is gone from gallery and memory; nobody and somebody unknown are refused', async (t) => {
  const { order, access, people } = await box(t);
  access.controller.opened({ person: ada, lane: north, direction: 'in', now: monotonic(1), at: wallTime(1) });
  assert.deepEqual(await order('erase', 'eve'), { result: 'refused', reason: 'person-unknown' });
  assert.deepEqual(await order('erase'), { result: 'refused', reason: 'person-unknown' });
  assert.deepEqual(await order('erase', 'ada'), { result: 'ok', complete: true });
  assert.equal(await people.find(ada), undefined);
  assert.equal(access.controller.records.size, 0);
});

test('what the box cannot do is refused with a reason', async (t) => {
  const { order } = await box(t);
  assert.deepEqual(await order('sync'), { result: 'refused', reason: 'no-source' });
});

test('a picture is refused until the site allows it, and the answer says how', async (t) => {
  const { order } = await box(t);
  assert.deepEqual(await order('snapshot'), {
    result: 'refused',
    reason: 'snapshot-off',
    hint: 'Set privacy.snapshot to allowed in the configuration of the box, and restart it.',
  });
});

test('a fleet source that there is, is asked', async (t) => {
  const { fleet, pulls } = await box(t);
  const { sync } = fleet.commandsOf(north, blind).handlers;
  assert.deepEqual(await sync({ operator: 'desk', argument: '' }), { result: 'ok' });
  assert.deepEqual(pulls, ['pull']);
});

test('whoever supervises the box hears of a reload from its first to its last moment', async (t) => {
  const told: string[] = [];
  const { parts, write } = await box(t);
  const orders = await createOperatorSessions({
    ...parts,
    reload: {
      ...parts.reload,
      whileReloading: async (work) => {
        told.push('reloading');
        const answer = await work();
        told.push(answer.result);
        return answer;
      },
    },
  });
  await orders.reload();
  await write('site: [');
  await orders.commandsOf(north, blind).handlers.reload({ operator: 'desk', argument: '' });
  assert.deepEqual(told, ['reloading', 'ok', 'reloading', 'failed']);
});

test('a reload takes rules and operators anew, and says what needs a restart', async (t) => {
  const { write, orders, commands, access } = await box(t);
  await write(
    `${CONFIG.replace('id: desk', 'id: guard').replace('mqtts://b', 'mqtts://c')}
access: { time_zone: UTC, rules: [{ effect: deny, groups: [everyone] }] }`,
  );
  assert.deepEqual(await orders.reload(), {
    result: 'ok',
    applied: ['commands', 'access'],
    restart_needed: ['mqtt'],
  });
  assert.deepEqual([...commands.authority().operators.keys()], ['guard']);
  const asked = {
    person: ada,
    lane: north,
    direction: 'in',
    mode: 'normal',
    shown: { face: true, badge: false },
    behind: false,
    now: monotonic(1),
    at: wallTime(1),
  } as const;
  assert.deepEqual(access.controller.check(asked), { allowed: false, reason: 'denied', notices: [] });
});

test('a configuration that is wrong, or names a key that is not there, changes nothing', async (t) => {
  const { write, orders, commands } = await box(t);
  await write('site: [');
  assert.deepEqual(await orders.reload(), { result: 'failed', reason: 'config-invalid' });
  await write(CONFIG.replace('desk.pub', 'nobody.pub'));
  assert.deepEqual(await orders.reload(), { result: 'failed', reason: 'key-unusable' });
  assert.deepEqual([...commands.authority().operators.keys()], ['desk']);
});

test('a private key is no key to check an operator with', async (t) => {
  const { folder, parts } = await box(t);
  await writeFile(path.join(folder, 'desk.pub'), newGrantKey('ed25519').secret);
  await assert.rejects(createOperatorSessions(parts), { code: 'key-unusable' });
});

test('a reload that cannot be written into the journal changes neither rules nor operators', async (t) => {
  const { parts, write } = await box(t);
  const told: string[] = [];
  let isFull = true;
  const orders = await createOperatorSessions({
    ...parts,
    reload: {
      ...parts.reload,
      beforeReload: async ({ access }, { operators }) => {
        told.push(`${access?.rules.length ?? 'no'} rules, operators ${[...operators.keys()]}`);
        if (isFull) throw new TwinstileError({ code: 'journal-broken', message: 'full', hint: 'Make room.' });
      },
    },
  });
  await write(
    `${CONFIG.replace('id: desk', 'id: guard')}
access: { time_zone: UTC, rules: [{ effect: deny, groups: [everyone] }] }`,
  );
  assert.deepEqual(await orders.reload(), { result: 'failed', reason: 'journal-broken' });
  assert.deepEqual([...orders.authority().operators.keys()], ['desk']);
  isFull = false;
  // Two at once are one after the other.
  const answers = await Promise.all([orders.reload(), orders.reload()]);
  assert.deepEqual(
    answers.map((answer) => ('applied' in answer ? answer.applied : answer)),
    [['commands', 'access'], []],
  );
  assert.deepEqual([...orders.authority().operators.keys()], ['guard']);
  assert.deepEqual(told, Array(3).fill('1 rules, operators guard'));
});

const eye = (snapshot: Snapshot) => ({ snapshot: async () => snapshot });
const picture: Snapshot = { kind: 'picture', bytes: Uint8Array.of(0xff, 0xd8, 0xff), width: 2, height: 1 };

test('a picture goes into the answer', async () => {
  assert.deepEqual(await answerWithSnapshot({ snapshot: 'allowed' }, eye(picture)), {
    result: 'ok',
    width: 2,
    height: 1,
    jpeg: '/9j/',
  });
});

test('where the site does not allow it the camera is not even asked', async () => {
  const answer = await answerWithSnapshot({ snapshot: 'off' }, { snapshot: () => assert.fail('asked') });
  assert.equal(answer.result, 'refused');
  assert.match(JSON.stringify(answer), /snapshot-off.*privacy\.snapshot/);
});

for (const reason of ['camera-not-live', 'vision-restarting', 'busy'] as const)
  test(`'${reason}' is told with what to do about it`, async () => {
    const answer = await answerWithSnapshot({ snapshot: 'allowed' }, eye({ kind: 'none', reason }));
    assert.deepEqual([answer.result, 'reason' in answer && answer.reason], ['failed', reason]);
    assert.ok('hint' in answer && answer.hint);
  });
