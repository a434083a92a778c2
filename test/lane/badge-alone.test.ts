import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personId } from '../../src/base/ids.js';
import { millis, wallTime } from '../../src/base/units.js';
import type { FaceReport } from '../../src/vision/ports/vision.js';
import { steadyClock, steadySleep } from '../support/steady-clock.js';
import { until } from '../until.js';
import { accessWorld } from './access-world.js';
import { face, galleryOf, type LaneWorld, rules, showFor, standingBy, type Who } from './lane-world.js';

const options = { concurrency: true } as const;
const lane = { credentials: 'badge-only' };
const { identification: _, ...noFaces } = rules;

/** People who come nearer, a little with each frame. */
async function comeFor(
  world: Pick<LaneWorld, 'show'>,
  span: number,
  people: readonly Who[],
  more: { readonly age?: number } = {},
): Promise<void> {
  const end = steadyClock.monotonic() + span;
  for (let step = 0; steadyClock.monotonic() < end; step += 1) {
    const faces = people.map((who, n): FaceReport => {
      const side = 80 + 2 * step;
      return face(who, { box: { x: 200 * n, y: 0, width: side, height: side } });
    });
    world.show(faces, more);
    await steadySleep(50);
  }
}

test('a lane that asks for a badge only', options, async (t) => {
  await Promise.all([
    t.test('opens for a badge that somebody holds, with nobody in the picture', async (t) => {
      const world = await accessWorld(t, { lane, parts: { rules: noFaces } });
      await world.badge('badge-of-ada');
      await until(() => world.opened.length === 1, 'an opening');
      assert.deepEqual(world.said(), ['granted badge-accepted opened']);
      const [[decision] = []] = world.decisions;
      assert.deepEqual([decision?.mode, decision?.person, decision?.badge], ['badge', 'ada', 'badge-of-ada']);
      assert.equal(world.desk.records.has(personId('ada')), true);
      assert.equal(world.states.at(-1)?.mode, 'badge');
    }),

    t.test('says mode badge with an empty gallery, because badge-only holders are let in', async (t) => {
      const gallery = await galleryOf([]);
      const world = await accessWorld(t, { lane, parts: { rules: noFaces, gallery: () => gallery } });
      await until(() => world.states.at(-1)?.degraded.includes('gallery-empty') === true, 'the cause');
      assert.equal(world.states.at(-1)?.mode, 'badge');
      await world.badge('badge-of-ada');
      await until(() => world.opened.length === 1, 'an opening');
      assert.deepEqual(world.said(), ['granted badge-accepted opened']);
    }),

    t.test('takes no face instead', async (t) => {
      const world = await accessWorld(t, { lane });
      await showFor(world, 600, [face('ada')]);
      assert.deepEqual(world.opened, []);
    }),

    t.test('takes a face as well where the rules say either', async (t) => {
      const world = await accessWorld(t, { lane: { credentials: 'badge-or-face' } });
      await showFor(world, 400, [face('bob')]);
      await until(() => world.said().includes('granted face-identified opened'), 'an opening');
      await world.badge('badge-of-ada');
      await until(
        () => world.said().includes('granted badge-accepted opened'),
        'another, when the gate is free',
      );
    }),

    t.test(
      'opens for the badge of a group for which it suffices, where all others need their face',
      async (t) => {
        const world = await accessWorld(t, {
          lane: { credentials: 'badge-and-face', badge_suffices: ['covered'] },
          groups: [{ id: 'covered', people: ['ada'] }],
        });
        await world.badge('badge-of-ada');
        await until(() => world.opened.length === 1, 'an opening');
        assert.deepEqual(world.said(), ['granted badge-accepted opened']);
      },
    ),

    t.test('waits for the face of somebody whose badge does not suffice', async (t) => {
      const world = await accessWorld(t, {
        lane: { credentials: 'badge-and-face', badge_suffices: ['covered'] },
        groups: [{ id: 'covered', people: ['bob'] }],
      });
      await world.badge('badge-of-ada');
      await steadySleep(300);
      assert.deepEqual(world.opened, []);
    }),

    t.test('refuses a badge that nobody holds, and one whose holder’s time is over', async (t) => {
      const world = await accessWorld(t, {
        lane,
        people: { ada: { validUntil: wallTime(Date.now() - 1) } },
        parts: { rules: noFaces },
      });
      await world.badge('found-on-the-street', 'r-1');
      await world.badge('badge-of-ada', 'r-2');
      await until(() => world.decisions.length === 2, 'two decisions');
      assert.deepEqual(world.said(), ['refused badge-unknown', 'refused expired']);
      assert.deepEqual(world.opened, []);
    }),

    t.test('refuses a holder whom the rules refuse', async (t) => {
      const world = await accessWorld(t, {
        lane,
        rules: [{ effect: 'deny', groups: ['everyone'] }],
        parts: { rules: noFaces },
      });
      await world.badge('badge-of-ada');
      await until(() => world.decisions.length === 1, 'a decision');
      assert.deepEqual(world.said(), ['refused denied']);
    }),

    t.test('opens once for a badge that is held to the reader twice', async (t) => {
      const world = await accessWorld(t, { lane, parts: { rules: noFaces } });
      await world.badge('badge-of-ada', 'r-1');
      await world.badge('badge-of-ada', 'r-2');
      await steadySleep(900);
      assert.equal(world.opened.length, 1);
    }),

    t.test('lets the next one wait for the gate, and opens when it is free', async (t) => {
      const holders: Readonly<Record<string, string>> = { 'badge-of-ada': 'ada', 'badge-of-bob': 'bob' };
      const world = await accessWorld(t, {
        lane,
        people: { ada: {}, bob: {} },
        parts: {
          rules: noFaces,
          pulse: millis(600),
          standingOf: standingBy((badge) => holders[badge]),
        },
      });
      await world.badge('badge-of-ada', 'r-1');
      await world.badge('badge-of-bob', 'r-2');
      await until(() => world.opened.length === 2, 'two openings');
      assert.deepEqual(world.said(), ['granted badge-accepted opened', 'granted badge-accepted opened']);
    }),

    t.test('opens for nobody while the clock cannot be believed', async (t) => {
      const world = await accessWorld(t, {
        lane,
        parts: { rules: noFaces, faults: () => ['clock-implausible'] },
      });
      await world.badge('badge-of-ada');
      await until(() => world.decisions.length === 1, 'a decision');
      assert.deepEqual(world.said(), ['refused degraded']);
    }),
  ]);
});

test('everybody may go out', options, async (t) => {
  const out = { direction: 'out' } as const;
  await Promise.all([
    t.test('known or not, alone or not, each once', async (t) => {
      const world = await accessWorld(t, { parts: { ...out, rules: { ...rules, passage: millis(2000) } } });
      world.order('free-exit');
      await comeFor(world, 500, ['eve']);
      assert.deepEqual(world.said(), ['granted free-exit opened']);
      await comeFor(world, 1200, ['eve', 'bob']);
      await until(() => world.opened.length === 2, 'one more opening');
      assert.deepEqual(world.said(), ['granted free-exit opened', 'granted free-exit opened']);
      assert.equal(world.decisions[0]?.[0].person, undefined);
    }),

    t.test('with a badge that nobody holds, when no picture comes', async (t) => {
      const world = await accessWorld(t, { parts: out });
      world.order('free-exit');
      await world.badge('any');
      await until(() => world.opened.length === 1, 'an opening');
    }),

    t.test(
      'with rules that refuse, a gallery that cannot be read and a journal that cannot be written',
      async (t) => {
        const broken = async () => {
          throw new Error('disk');
        };
        const world = await accessWorld(t, {
          rules: [{ effect: 'deny', groups: ['everyone'] }],
          parts: {
            ...out,
            standingOf: broken,
            journal: {
              append: broken,
              unfinished: async () => [],
            } as never,
          },
        });
        world.order('free-exit');
        await comeFor(world, 500, ['eve']);
        await until(() => world.opened.length === 1, 'an opening');
        await world.badge('any');
        await until(() => world.opened.length === 2, 'another');
      },
    ),

    t.test('and nobody in', async (t) => {
      const world = await accessWorld(t);
      world.order('free-exit');
      await showFor(world, 1800, [face('eve')]);
      assert.deepEqual(world.said(), ['refused unknown']);
      await world.badge('any');
      await steadySleep(100);
      assert.deepEqual(world.opened, []);
    }),

    t.test('not on old pictures, which show nobody who is there', async (t) => {
      const world = await accessWorld(t, { parts: out });
      world.order('free-exit');
      await comeFor(world, 600, ['eve'], { age: 400 });
      assert.deepEqual(world.opened, []);
    }),

    t.test('but not a poster, which does not move', async (t) => {
      const world = await accessWorld(t, { parts: out });
      world.order('free-exit');
      await showFor(world, 1500, [face('eve')]);
      assert.deepEqual(world.opened, []);
    }),
  ]);
});
