import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneId, personId, trackId } from '../../src/base/ids.js';
import { millis, monotonic, wallTime } from '../../src/base/units.js';
import { createLaneAccess } from '../../src/lane/lane-access.js';
import { steadyClock, steadySleep } from '../support/steady-clock.js';
import { until } from '../until.js';
import { accessWorld, deskFor } from './access-world.js';
import { badgeRules, face, laneWorld, rules, showFor } from './lane-world.js';

const options = { concurrency: true } as const;
const ada = personId('ada');

test('a lane under access rules', options, async (t) => {
  await Promise.all([
    t.test('lets in who may pass, and remembers it', async (t) => {
      const world = await accessWorld(t);
      await showFor(world, 400, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
      await until(() => world.recorded.length === 1, 'a record');
      assert.deepEqual(Object.keys(world.desk.records.get(ada)?.passed ?? {}), ['direction:in']);
    }),

    t.test('refuses who may not, says so once, and keeps the gate shut', async (t) => {
      const world = await accessWorld(t, {
        groups: [{ id: 'gone', people: ['ada'] }],
        rules: [
          { effect: 'grant', groups: ['everyone'] },
          { effect: 'deny', groups: ['gone'] },
        ],
      });
      await showFor(world, 900, [face('ada')]);
      assert.deepEqual(world.said(), ['refused denied']);
      assert.deepEqual(world.opened, []);
      const [[decision] = []] = world.decisions;
      assert.equal(decision?.person, 'ada');
      assert.equal(world.rows[0]?.body.reason, 'denied');
      assert.deepEqual(world.recorded, []);
    }),

    t.test('lets the same person in when the reason is gone', async (t) => {
      const world = await accessWorld(t);
      world.desk.admit({
        person: ada,
        lane: laneId('south'),
        direction: 'in',
        mode: 'normal',
        shown: { face: true, badge: false },
        behind: false,
        now: monotonic(steadyClock.monotonic() - 2000),
        at: wallTime(Date.now()),
      });
      await showFor(world, 600, [face('ada')]);
      assert.deepEqual(world.said(), ['refused locked-at-another-lane']);
      await showFor(world, 900, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
    }),

    t.test('gives a person to one of two neighbouring lanes', async (t) => {
      const controller = deskFor();
      const [north, south] = [
        await accessWorld(t, { controller }),
        await accessWorld(t, { controller, parts: { lane: laneId('south') } }),
      ];
      await Promise.all([showFor(north, 700, [face('ada')]), showFor(south, 700, [face('ada')])]);
      const said = [...north.said(), ...south.said()].sort();
      assert.deepEqual(said, ['granted face-identified opened', 'refused locked-at-another-lane']);
    }),

    t.test('gives a person back when nothing was opened', async (t) => {
      const controller = deskFor();
      const world = await laneWorld(t, {
        gate: false,
        parts: { access: { controller, mode: () => 'normal', personOf: async () => undefined } },
      });
      const other = await accessWorld(t, { controller, parts: { lane: laneId('south') } });
      await showFor(world, 400, [face('ada')]);
      await until(() => world.said().includes('granted face-identified gate-offline'), 'a silent gate');
      await showFor(other, 400, [face('ada')]);
      await until(() => other.opened.length === 1, 'an opening elsewhere');
    }),

    t.test('does not let anybody in twice within the time of anti-passback', async (t) => {
      const world = await accessWorld(t, {
        more: { anti_passback: { again_after_ms: 60_000 } },
        parts: { rules: { ...rules, passage: millis(300) } },
      });
      await showFor(world, 300, [face('ada')]);
      world.show([], { ended: [face('ada').track] });
      await steadySleep(500);
      await showFor(world, 500, [face('ada', { track: trackId('again') })]);
      assert.deepEqual(world.said(), ['granted face-identified opened', 'refused passback-too-soon']);
    }),

    t.test('lets nobody pass in a lockdown, and says so in its state', async (t) => {
      const world = await accessWorld(t);
      world.order('lockdown');
      await showFor(world, 500, [face('ada')]);
      assert.deepEqual(world.said(), ['refused lockdown']);
      assert.equal(world.states.at(-1)?.operator, 'lockdown');
      assert.equal(world.states.at(-1)?.mode, 'closed');
      world.order('normal');
      await showFor(world, 400, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
    }),

    t.test('withdraws a grant when a lockdown comes between', async (t) => {
      let order = (): void => {};
      const world = await accessWorld(t, {
        parts: {
          newId: (() => {
            let ids = 0;
            return () => {
              order();
              return `d-${++ids}` as never;
            };
          })(),
        },
      });
      order = () => world.order('lockdown');
      await showFor(world, 500, [face('ada')]);
      assert.equal(world.said()[0], 'granted face-identified withdrawn');
      assert.deepEqual(world.opened, []);
    }),

    t.test('refuses while somebody stands close behind, and lets in when they step back', async (t) => {
      const world = await accessWorld(t, { lane: { tailgating: 'refuse' } });
      const front = face('ada');
      const gate = { who: 'one', track: front.track } as const;
      const behind = face('eve', { box: { x: 60, y: 0, width: 45, height: 48 }, atGate: false });
      await showFor(world, 700, [front, behind], { gate });
      assert.deepEqual(world.said(), ['refused tailgating-suspected']);
      await showFor(world, 1500, [front], { gate });
      await until(() => world.opened.length === 1, 'an opening');
    }),

    t.test('tells security of somebody who is looked for, and nobody else', async (t) => {
      const world = await accessWorld(t, { more: { watch_list: { people: ['ada'] } } });
      await showFor(world, 400, [face('ada')]);
      await until(() => world.rows.some(({ kind }) => kind === 'notice'), 'a notice');
      assert.deepEqual(world.said(), ['granted face-identified opened']);
      const pending = await world.outbox.pending(9);
      const notices = pending.filter(({ topic }) => topic === world.topics.alert);
      assert.equal(notices.length, 1);
      const { id: _id, at: _at, ...told } = JSON.parse(notices[0]?.payload ?? '');
      assert.deepEqual(told, {
        v: 1,
        lane: 'north',
        alert: 'watch-list',
        person: 'ada',
        decision: world.decisions[0]?.[0].id,
      });
      const decision = pending.find(({ topic }) => topic === world.topics.decision)?.payload;
      assert.doesNotMatch(decision ?? 'watch', /watch/);
    }),

    t.test('also of one who is refused', async (t) => {
      const world = await accessWorld(t, {
        rules: [{ effect: 'deny', groups: ['everyone'] }],
        more: { watch_list: { people: ['ada'] } },
      });
      await showFor(world, 400, [face('ada')]);
      await until(() => world.rows.some(({ kind }) => kind === 'notice'), 'a notice');
      assert.deepEqual(world.said(), ['refused denied']);
    }),

    t.test('counts a passage only when the sensor saw it, where the site says so', async (t) => {
      const world = await accessWorld(t, { lane: { count_on: 'passed' } });
      await showFor(world, 400, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
      await steadySleep(100);
      assert.equal(world.desk.records.has(ada), false);
      await world.passage(world.opened[0] ?? '', 'passed');
      await until(() => world.desk.records.has(ada), 'a record');
    }),

    t.test('writes down that a second one went through', async (t) => {
      const world = await accessWorld(t);
      await world.passage(null, 'forced-open');
      await until(() => world.rows.some(({ body }) => body.notice === 'forced-open'), 'a notice');
    }),

    t.test('lets a forged passage move no anti-passback, and raises the alarm once for many', async (t) => {
      const world = await accessWorld(t, { lane: { count_on: 'passed' } });
      await showFor(world, 400, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
      const passage = { v: 1, gate: 'north-1', grant: world.opened[0], outcome: 'passed', direction: 'in' };
      for (let n = 0; n < 50; n += 1)
        await world.outside.publish(world.topics.gate.passage, JSON.stringify(passage), { qos: 1 });
      await until(() => world.rows.some(({ body }) => body.notice === 'gate-answer-forged'), 'an alarm');
      assert.equal(world.desk.records.has(ada), false);
      assert.equal(world.rows.filter(({ kind }) => kind === 'passage').length, 0);
      assert.equal(world.rows.filter(({ kind }) => kind === 'notice').length, 1);
    }),

    t.test(
      'opens once for one badge although a forged refused busy comes before the true opened',
      async (t) => {
        const world = await accessWorld(t, { more: { anti_passback: { zones: 'hard' } } });
        world.outside.subscribe(world.topics.gate.grant, ({ payload }) => {
          const { id } = JSON.parse(Buffer.from(payload).toString());
          const busy = { v: 1, grant: id, gate: 'north-1', result: 'refused', reason: 'busy' };
          if (id !== undefined)
            void world.outside.publish(world.topics.gate.ack, JSON.stringify(busy), { qos: 1 });
        });
        await showFor(world, 2500, [face('ada')]);
        assert.equal(world.opened.length, 1);
        assert.deepEqual(world.said(), ['granted face-identified opened']);
      },
    ),

    t.test('asks for badge and face where the rules do, although the lane would know the face', async (t) => {
      const both = { ...rules, ...badgeRules, identification: rules.identification as never };
      const world = await accessWorld(t, { lane: { credentials: 'badge-and-face' }, parts: { rules: both } });
      await showFor(world, 600, [face('ada')]);
      assert.deepEqual(world.said(), []);
      await world.badge('badge-of-ada');
      await showFor(world, 400, [face('ada')]);
      await until(() => world.said().includes('granted face-verified opened'), 'an opening');
    }),

    t.test('takes no notice of a badge where only a face counts', async (t) => {
      const both = { ...badgeRules, ...rules };
      const world = await accessWorld(t, { lane: { credentials: 'face-only' }, parts: { rules: both } });
      await world.badge('badge-of-ada');
      await until(() => world.notes.some((note) => note.kind === 'dropped-message'), 'a note');
      await showFor(world, 400, [face('bob')]);
      await until(() => world.said().includes('granted face-identified opened'), 'an opening');
    }),
  ]);
});

test('a refusal that follows takes back whom the gate may have let in, but not whom its sensor saw go through', () => {
  for (const isSeen of [false, true]) {
    const controller = deskFor();
    const identity = { lane: laneId('north'), direction: 'in' };
    const features = { access: { controller, mode: () => 'normal' } };
    const access = createLaneAccess({ identity, ports: { clock: steadyClock }, features } as never);
    access.settled({ person: ada } as never, 'g-1', { outcome: 'unconfirmed', latency: millis(1500) });
    const seen = { v: 1, gate: 'north-1', grant: 'g-1', outcome: 'passed', direction: 'in' } as const;
    if (isSeen) access.passage(seen, true);
    access.lateAnswer('g-1', 'refused', true);
    assert.equal(Object.keys(controller.records.get(ada)?.passed ?? {}).length, isSeen ? 1 : 0);
  }
});
