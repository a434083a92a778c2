import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentenceOf } from '../../src/access/decision-reasons.js';
import { trackId } from '../../src/base/ids.js';
import { millis, monotonic, wallTime } from '../../src/base/units.js';
import { fakeJournal } from '../fakes/journal.js';
import { skippingClock, steadyClock, steadySleep } from '../support/steady-clock.js';
import { until } from '../until.js';
import { badgeRules, face, galleryOf, laneWorld, rules, showFor, standingBy } from './lane-world.js';

const options = { concurrency: true } as const;

test('a lane', options, async (t) => {
  await Promise.all([
    t.test('opens once for somebody known, however long they stand there', async (t) => {
      const world = await laneWorld(t);
      await showFor(world, 1800, [face('ada')]);
      assert.deepEqual(world.said(), ['granted face-identified opened']);
      assert.equal(world.opened.length, 1);
      const [[decision] = []] = world.decisions;
      assert.equal(decision?.verdict === 'granted' && decision.person, 'ada');
      assert.equal(decision?.frames, 3);
    }),

    t.test('does not open twice when the tracker loses and finds the same person', async (t) => {
      const world = await laneWorld(t);
      await showFor(world, 400, [face('ada')]);
      world.show([], { ended: [face('ada').track] });
      await showFor(world, 800, [face('ada', { track: trackId('another') })]);
      assert.equal(world.opened.length, 1);
    }),

    t.test('opens for the next one after the first has gone', async (t) => {
      const world = await laneWorld(t);
      await showFor(world, 300, [face('ada')]);
      world.show([], { ended: [face('ada').track] });
      await showFor(world, 900, [face('bob')]);
      assert.deepEqual(world.said(), ['granted face-identified opened', 'granted face-identified opened']);
    }),

    t.test('opens again for the same person when they come back later', async (t) => {
      const world = await laneWorld(t, { parts: { rules: { ...rules, passage: millis(500) } } });
      await showFor(world, 300, [face('ada')]);
      world.show([], { ended: [face('ada').track] });
      await steadySleep(600);
      await showFor(world, 300, [face('ada', { track: trackId('second-visit') })]);
      await until(() => world.opened.length === 2, 'a second opening');
    }),

    t.test('refuses somebody unknown, once', async (t) => {
      const world = await laneWorld(t);
      await showFor(world, 2200, [face('eve')]);
      world.show([], { ended: [face('eve').track] });
      await steadySleep(50);
      assert.deepEqual(world.said(), ['refused unknown']);
      assert.deepEqual(world.opened, []);
    }),

    t.test('says why when somebody unknown leaves before that', async (t) => {
      const world = await laneWorld(t);
      await showFor(world, 200, [face('eve')]);
      world.show([], { ended: [face('eve').track] });
      await until(() => world.decisions.length > 0, 'a decision');
      assert.deepEqual(world.said(), ['refused unknown']);
    }),

    t.test('holds while two stand at the gate, says so once, and opens when one is left', async (t) => {
      const world = await laneWorld(t);
      await showFor(world, 1900, [face('ada'), face('eve')]);
      assert.deepEqual(world.said(), ['refused several-at-gate']);
      await showFor(world, 300, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
    }),

    t.test('never opens on old pictures', async (t) => {
      const world = await laneWorld(t);
      await showFor(world, 1800, [face('ada')], { age: 320 });
      assert.deepEqual(world.said(), ['refused stale-frame']);
      assert.deepEqual(world.opened, []);
    }),

    t.test('never opens on pictures from the future', async (t) => {
      const world = await laneWorld(t);
      await showFor(world, 500, [face('ada')], { age: -1000 });
      assert.deepEqual(world.opened, []);
    }),

    t.test('never counts one frame three times', async (t) => {
      const world = await laneWorld(t);
      const at = steadyClock.monotonic();
      for (let n = 0; n < 5; n += 1) world.show([face('ada')], { seq: 7 as never, at });
      await steadySleep(200);
      assert.deepEqual(world.opened, []);
    }),

    t.test('says what was wrong with poor pictures', async (t) => {
      const world = await laneWorld(t);
      const { embedding: _, ...blurred } = face('ada', { problems: ['blurred'] });
      await showFor(world, 1800, [blurred]);
      const [[decision] = []] = world.decisions;
      assert.equal(decision?.reason, 'low-quality');
      assert.deepEqual(decision?.verdict === 'refused' && decision.problems, ['blurred']);
    }),

    t.test('tells somebody whose face is covered of the badge, in the same sentence', async (t) => {
      const world = await laneWorld(t);
      const { embedding: _, ...covered } = face('ada', { problems: ['face-covered', 'blurred'] });
      await showFor(world, 1800, [covered]);
      const [[decision] = []] = world.decisions;
      assert.equal(decision?.reason, 'face-covered');
      assert.deepEqual(decision?.verdict === 'refused' && decision.problems, ['face-covered', 'blurred']);
      assert.match(sentenceOf('face-covered'), /^[^.]*covered[^.]*badge[^.]*\.$/);
      assert.deepEqual(world.opened, []);
    }),

    t.test('does not use a vector that came with a problem', async (t) => {
      const world = await laneWorld(t);
      await showFor(world, 500, [face('ada', { problems: ['turned-away'] })]);
      assert.deepEqual(world.opened, []);
    }),

    t.test('never opens with a pack that was not calibrated', async (t) => {
      const { calibration: _, ...uncalibrated } = await galleryOf();
      const world = await laneWorld(t, { gallery: uncalibrated });
      await showFor(world, 1800, [face('ada')]);
      assert.deepEqual(world.said(), ['refused pack-uncalibrated']);
      assert.equal(world.states.at(-1)?.mode, 'closed');
    }),

    t.test('never opens for somebody whose time is over', async (t) => {
      const gallery = await galleryOf(['ada', 'bob'], { validUntil: wallTime(Date.now() - 1) });
      const world = await laneWorld(t, { gallery });
      await showFor(world, 1800, [face('ada')]);
      assert.deepEqual(world.said(), ['refused expired']);
      assert.equal(world.decisions[0]?.[0].person, 'ada');
    }),

    t.test('forgets what it saw when the vision process is replaced', async (t) => {
      const world = await laneWorld(t);
      world.show([face('ada')]);
      world.show([face('ada')]);
      world.report({ kind: 'restarting', cause: 'killed' });
      await until(() => world.states.at(-1)?.camera === 'restarting', 'restarting');
      world.show([face('ada')]);
      world.show([face('ada')]);
      await steadySleep(100);
      assert.deepEqual(world.opened, []);
      world.show([face('ada')]);
      await until(() => world.opened.length === 1, 'an opening after three new frames');
    }),

    t.test('ignores a frozen picture', async (t) => {
      const world = await laneWorld(t);
      world.report({ kind: 'camera', status: 'frozen', at: steadyClock.monotonic() });
      await showFor(world, 400, [face('ada')]);
      assert.deepEqual(world.opened, []);
      assert.equal(world.states.at(-1)?.mode, 'closed');
    }),

    t.test('forgets what it saw when the gallery is swapped', async (t) => {
      const world = await laneWorld(t);
      world.show([face('ada')]);
      world.show([face('ada')]);
      await steadySleep(50);
      world.swapGallery(await galleryOf(['ada']));
      world.show([face('ada')]);
      world.show([face('ada')]);
      await steadySleep(100);
      assert.deepEqual(world.opened, []);
      world.show([face('ada')]);
      await until(() => world.opened.length === 1, 'an opening after three new frames');
    }),

    t.test(
      'asks nothing of the gate for somebody who is taken out of the gallery at that moment',
      async (t) => {
        const { journal } = fakeJournal();
        const world = await laneWorld(t, {
          parts: {
            journal: {
              ...journal,
              append: async (entry, message) => {
                if (entry.kind === 'decision') world.swapGallery(await galleryOf(['bob']));
                return journal.append(entry, message);
              },
            },
          },
        });
        for (let n = 0; n < 3; n += 1) world.show([face('ada')]);
        await until(() => world.decisions.length === 1, 'a decision');
        assert.deepEqual(world.decisions[0]?.[1], { outcome: 'withdrawn', reason: 'unknown' });
        assert.deepEqual(world.opened, []);
      },
    ),

    t.test('writes the decision down before the gate is asked, and how it ended afterwards', async (t) => {
      const world = await laneWorld(t);
      await showFor(world, 300, [face('ada')]);
      await until(() => world.decisions.length === 1, 'a decision');
      assert.deepEqual(world.story, ['journal decision', 'grant', 'journal outcome']);
      const [decision, outcome] = world.rows;
      assert.equal(outcome?.subject, decision?.subject);
      assert.equal(outcome?.body.outcome, 'opened');
      assert.deepEqual(world.opened, [decision?.subject]);
      const [message] = await world.outbox.pending(10);
      assert.deepEqual([message?.id, message?.topic], [decision?.subject, world.topics.decision]);
      assert.equal(JSON.parse(message?.payload ?? '').person, 'ada');
    }),

    t.test('does not open when it cannot be written down', async (t) => {
      const broken = fakeJournal().journal;
      const world = await laneWorld(t, {
        parts: { journal: { ...broken, append: () => Promise.reject(new Error('disk full')) } },
      });
      await showFor(world, 600, [face('ada')]);
      assert.deepEqual(world.opened, []);
      assert.deepEqual(world.said(), ['granted face-identified journal-failed']);
      await until(() => world.states.at(-1)?.degraded.includes('journal-failing') === true, 'degraded');
    }),

    t.test('asks nothing of the gate when the picture has aged while it was written down', async (t) => {
      const { journal } = fakeJournal();
      const { clock, skip } = skippingClock();
      const world = await laneWorld(t, {
        parts: {
          clock,
          journal: {
            ...journal,
            append: async (entry, message) => {
              if (entry.kind === 'decision') skip(400);
              return journal.append(entry, message);
            },
          },
        },
      });
      for (let n = 0; n < 3; n += 1) world.show([face('ada')]);
      await until(() => world.decisions.length === 1, 'a decision');
      assert.deepEqual(world.decisions[0]?.[1], { outcome: 'withdrawn', reason: 'stale-frame' });
      assert.deepEqual(world.opened, []);
    }),

    t.test('asks nothing of the gate when somebody steps up beside while it is written down', async (t) => {
      const { journal } = fakeJournal();
      let isAsked = false;
      let write = () => {};
      const written = new Promise<void>((resolve) => {
        write = resolve;
      });
      const world = await laneWorld(t, {
        parts: {
          journal: {
            ...journal,
            append: async (entry, message) => {
              if (entry.kind === 'decision') {
                isAsked = true;
                await written;
              }
              return journal.append(entry, message);
            },
          },
        },
      });
      for (let n = 0; n < 3; n += 1) world.show([face('ada')]);
      await until(() => isAsked, 'the decision on its way to the journal');
      world.show([face('ada'), face('eve')]);
      write();
      await until(() => world.decisions.length === 1, 'a decision');
      assert.deepEqual(world.decisions[0]?.[1], { outcome: 'withdrawn', reason: 'several-at-gate' });
      assert.deepEqual(world.opened, []);
    }),

    t.test('says that the broker is away, and opens nothing when it is back', async (t) => {
      const world = await laneWorld(t);
      world.broker.cut();
      await showFor(world, 500, [face('ada')]);
      assert.deepEqual(world.said(), ['granted face-identified broker-disconnected']);
      world.broker.restore();
      await steadySleep(1500);
      assert.deepEqual(world.opened, []);
      assert.equal(world.story.includes('grant'), false);
      assert.equal((await world.outbox.pending(10)).length, 1);
    }),

    t.test('says that the gate is silent', async (t) => {
      const world = await laneWorld(t, { gate: false });
      await showFor(world, 300, [face('ada')]);
      await until(() => world.decisions.length === 1, 'a decision');
      assert.deepEqual(world.said(), ['granted face-identified gate-offline']);
      assert.ok(world.states.at(-1)?.degraded.includes('gate-offline'));
    }),

    t.test('closes what the process before it left open, and of this lane alone', async (t) => {
      const { journal, rows } = fakeJournal();
      const granted = (subject: string, lane: string) =>
        journal.append({ kind: 'decision', subject, at: wallTime(0), body: { verdict: 'granted', lane } });
      await granted('old', 'north');
      await granted('other', 'south');
      await laneWorld(t, { parts: { journal } });
      assert.deepEqual(
        rows.filter(({ kind }) => kind === 'outcome').map(({ subject, body }) => [subject, body.outcome]),
        [['old', 'interrupted']],
      );
    }),

    t.test('keeps its state at the broker, and tells it again after an outage', async (t) => {
      const world = await laneWorld(t);
      world.show([]);
      const kept = () => JSON.parse(world.broker.retained(world.topics.state) ?? '{}');
      await until(() => kept().mode === 'identification', 'state');
      assert.deepEqual(kept().gallery.people, 2);
      assert.deepEqual(kept().degraded, []);
      world.broker.cut();
      await until(() => world.states.at(-1)?.degraded.includes('broker-disconnected') === true, 'degraded');
      world.report({ kind: 'camera', status: 'unplugged', at: steadyClock.monotonic() });
      world.broker.restore();
      await until(() => kept().camera === 'unplugged', 'state after the outage');
      assert.equal(kept().mode, 'closed');
    }),

    t.test('ends with a finite film, after it has said what there was to say', async (t) => {
      const world = await laneWorld(t);
      await showFor(world, 200, [face('eve')]);
      world.endVision();
      await world.served;
      assert.deepEqual(world.said(), ['refused unknown']);
    }),

    t.test('fails when the search is broken', async (t) => {
      const gallery = await galleryOf();
      const world = await laneWorld(t, {
        gallery: {
          ...gallery,
          search: { ...gallery.search, nearest: () => Promise.reject(new Error('gone')) },
        },
      });
      world.show([face('ada')]);
      await assert.rejects(world.served, /gone/);
    }),
  ]);
});

test('a lane with badges', options, async (t) => {
  const parts = { rules: badgeRules };
  await Promise.all([
    t.test('opens for badge and face', async (t) => {
      const world = await laneWorld(t, { parts });
      await world.badge('badge-of-ada');
      await showFor(world, 300, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
      const [[decision] = []] = world.decisions;
      assert.deepEqual(
        [decision?.reason, decision?.mode, decision?.badge],
        ['face-verified', 'verification', 'badge-of-ada'],
      );
    }),

    t.test('opens when the face was there before the badge', async (t) => {
      const world = await laneWorld(t, { parts });
      await showFor(world, 200, [face('ada')]);
      assert.deepEqual(world.opened, []);
      await world.badge('badge-of-ada');
      await showFor(world, 200, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
    }),

    t.test('says nothing of a face without a badge', async (t) => {
      const world = await laneWorld(t, { parts });
      await showFor(world, 1800, [face('ada')]);
      world.show([], { ended: [face('ada').track] });
      await steadySleep(50);
      assert.deepEqual(world.said(), []);
    }),

    t.test('refuses another face, and the badge has to be shown again', async (t) => {
      const world = await laneWorld(t, { parts });
      await world.badge('badge-of-ada');
      await showFor(world, 1800, [face('bob')]);
      assert.deepEqual(world.said(), ['refused badge-face-mismatch']);
      assert.equal(world.decisions[0]?.[0].person, 'ada');
      world.show([], { ended: [face('bob').track] });
      await showFor(world, 300, [face('ada')]);
      assert.deepEqual(world.opened, []);
      await world.badge('badge-of-ada', 'r-2');
      await showFor(world, 200, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
    }),

    t.test('takes the badge for good again when nothing was asked of the gate', async (t) => {
      const { journal } = fakeJournal();
      let slow = true;
      const { clock, skip } = skippingClock();
      const world = await laneWorld(t, {
        parts: {
          ...parts,
          clock,
          journal: {
            ...journal,
            append: async (entry, message) => {
              if (slow && entry.kind === 'decision') skip(400);
              slow = false;
              return journal.append(entry, message);
            },
          },
        },
      });
      await world.badge('badge-of-ada');
      await steadySleep(20);
      for (let n = 0; n < 2; n += 1) world.show([face('ada')]);
      await until(() => world.decisions.length === 1, 'a decision');
      await showFor(world, 1300, [face('ada')]);
      assert.deepEqual(world.said(), ['granted face-verified withdrawn', 'granted face-verified opened']);
    }),

    t.test('goes on and opens nothing when nobody can say whose badge it is', async (t) => {
      let isGone = true;
      const world = await laneWorld(t, {
        parts: {
          ...parts,
          standingOf: standingBy(() => {
            if (isGone) throw new Error('gallery gone');
            return 'ada';
          }),
        },
      });
      for (let n = 0; n < 3; n += 1) await world.badge('badge-of-ada', `r-${n}`);
      await until(() => world.notes.some(({ kind }) => kind === 'message-failed'), 'a note');
      assert.deepEqual(
        world.notes.flatMap((note) => (note.kind === 'message-failed' ? [note.detail] : [])),
        ['gallery gone'],
      );
      assert.deepEqual(world.opened, []);
      isGone = false;
      await world.badge('badge-of-ada', 'r-9');
      await until(async () => {
        world.show([face('ada')]);
        return world.opened.length === 1;
      }, 'an opening');
    }),

    t.test('refuses an unknown badge at once', async (t) => {
      const world = await laneWorld(t, { parts });
      await world.badge('badge-of-nobody');
      await until(() => world.decisions.length === 1, 'a decision');
      assert.deepEqual(world.said(), ['refused badge-unknown']);
    }),

    t.test(
      'says badge-face-timeout, and never that the badge expired, when a badge was followed by no face',
      async (t) => {
        const verification = badgeRules.verification && {
          ...badgeRules.verification,
          badgeValid: millis(300),
        };
        const world = await laneWorld(t, {
          parts: { rules: { ...badgeRules, ...(verification && { verification }) } },
        });
        await world.badge('badge-of-ada');
        await until(() => world.decisions.length === 1, 'a decision');
        await showFor(world, 300, [face('ada')]);
        assert.deepEqual(world.said(), ['refused badge-face-timeout']);
        assert.deepEqual(world.opened, []);
      },
    ),

    t.test('ignores a read that is repeated, retained or malformed', async (t) => {
      const world = await laneWorld(t, { parts });
      await world.badge('badge-of-ada', 'r-0', true);
      await world.outside.publish(world.topics.badge, '{"v":1}', { qos: 0 });
      await showFor(world, 300, [face('ada')]);
      assert.deepEqual(world.opened, []);
      await world.badge('badge-of-nobody');
      await world.badge('badge-of-nobody');
      await until(() => world.decisions.length === 1, 'a decision');
      await steadySleep(50);
      assert.equal(world.decisions.length, 1);
      const dropped = world.notes.flatMap((note) => (note.kind === 'dropped-message' ? [note.reason] : []));
      assert.deepEqual(dropped, ['retained', 'bad-message', 'repeated']);
    }),

    t.test(
      'takes a badge of somebody else for no obstacle to the own face, once it was refused',
      async (t) => {
        const world = await laneWorld(t, { parts: { rules: { ...rules, ...badgeRules } } });
        await world.badge('badge-of-ada');
        await showFor(world, 2200, [face('bob')]);
        assert.deepEqual(world.said(), ['refused badge-face-mismatch', 'granted face-identified opened']);
      },
    ),
  ]);
});

// Apart from the others: a flood keeps the one thread busy on which their pictures age.
test('a lane with badges outlives 4,000 badge messages of one reader, and takes the badges of another', async (t) => {
  let asked = 0;
  const world = await laneWorld(t, {
    parts: {
      rules: badgeRules,
      standingOf: standingBy((badge) => {
        asked += 1;
        return badge === 'badge-of-ada' ? 'ada' : undefined;
      }),
    },
  });
  const read = (reader: string, badge: string, name: string) =>
    world.outside.publish(world.topics.badge, JSON.stringify({ v: 1, badge, reader, read: name }), {
      qos: 0,
    });
  for (let n = 0; n < 4000; n += 1) await read('hostile', `b-${n}`, `h-${n}`);
  await read('door', 'badge-of-ada', 'd-1');
  await until(async () => {
    world.show([face('ada')]);
    return world.opened.length === 1;
  }, 'an opening');
  assert.ok(asked <= 10, `${asked} looked up`);
  assert.ok(world.rows.length <= 20, `${world.rows.length} rows`);
  assert.equal(world.stop.signal.aborted, false);
});

test('a lane with badges lets nobody crowd out a reader that is known, by inventing names of readers', async (t) => {
  const world = await laneWorld(t, { parts: { rules: badgeRules } });
  const read = (reader: string, badge: string, name: string) =>
    world.outside.publish(world.topics.badge, JSON.stringify({ v: 1, badge, reader, read: name }), {
      qos: 0,
    });
  await read('door', 'badge-of-ada', 'd-0');
  await until(async () => {
    world.show([face('ada')]);
    return world.opened.length === 1;
  }, 'an opening');
  for (let n = 0; n < 4000; n += 1) await read(`invented-${n}`, `b-${n}`, `h-${n}`);
  await steadySleep(400);
  await read('door', 'badge-of-bob', 'd-1');
  await until(
    () => world.rows.some(({ body }) => body.badge === 'badge-of-bob'),
    'the known reader is heard',
  );
});

test('a lane writes down none of 4,000 forged passages, says how many there were, and decides on', async (t) => {
  let ahead = 0;
  const world = await laneWorld(t, {
    parts: {
      clock: {
        monotonic: () => monotonic(steadyClock.monotonic() + ahead),
        wall: () => wallTime(Date.now()),
      },
    },
  });
  for (let n = 0; n < 4000; n += 1)
    await world.outside.publish(
      world.topics.gate.passage,
      JSON.stringify({ v: 1, gate: 'north-1', grant: null, outcome: 'forced-open', direction: 'in' }),
      { qos: 1 },
    );
  await until(async () => {
    world.show([face('ada')]);
    return world.opened.length === 1;
  }, 'an opening');
  assert.equal(world.rows.filter(({ kind }) => kind === 'passage').length, 0);
  ahead = 61_000;
  const alarms = () => world.rows.filter(({ body }) => body.notice === 'gate-answer-forged');
  await until(() => alarms().length === 2, 'a summary');
  assert.deepEqual(
    alarms().map(({ body }) => body.count),
    [1, 3999],
  );
});

test('a lane writes down few of 4,000 passages of a gate that stutters, says how many it dropped, and decides on', async (t) => {
  let ahead = 0;
  const world = await laneWorld(t, {
    parts: {
      clock: {
        monotonic: () => monotonic(steadyClock.monotonic() + ahead),
        wall: () => wallTime(Date.now()),
      },
    },
  });
  for (let n = 0; n < 4000; n += 1) await world.passage(null, 'forced-open');
  await until(async () => {
    world.show([face('ada')]);
    return world.opened.length === 1;
  }, 'an opening');
  const passages = () => world.rows.filter(({ kind }) => kind === 'passage').length;
  assert.ok(passages() <= 60, `${passages()} rows`);
  ahead = 11_000;
  await until(() => world.rows.some(({ body }) => body.notice === 'messages-dropped'), 'a summary');
  const summary = world.rows.find(({ body }) => body.notice === 'messages-dropped');
  assert.equal(summary?.body.topic, world.topics.gate.passage);
  assert.ok(Number(summary?.body.dropped) >= 3900, `${summary?.body.dropped} dropped`);
  assert.ok(world.rows.every(({ body }) => JSON.stringify(body).length < 2000));
});
