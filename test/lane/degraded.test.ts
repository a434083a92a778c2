/** A lane that is not sure of itself lets nobody in, says why, and comes back without a restart. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monotonic } from '../../src/base/units.js';
import type { Degraded } from '../../src/lane/health/degraded-modes.js';
import { createProgressNotes, hangOf } from '../../src/lane/health/watchdog-progress.js';
import { sameFields } from '../support/same-fields.js';
import { steadyClock } from '../support/steady-clock.js';
import { until } from '../until.js';
import { badgeRules, calibration, face, galleryOf, laneWorld, rules, showFor } from './lane-world.js';

const last = (world: Awaited<ReturnType<typeof laneWorld>>) => world.states.at(-1);

test('a lane that is not sure of itself', { concurrency: true }, async (t) => {
  await Promise.all([
    t.test('opens for nobody before a good canary came', async (t) => {
      const world = await laneWorld(t, { parts: { selfTest: true } });
      await showFor(world, 1800, [face('ada')]);
      sameFields(world.said(), ['refused degraded']);
      sameFields(last(world)?.degraded, ['encoder-self-test-failed']);
      world.report({ kind: 'canary', verdict: 'unsure' });
      await showFor(world, 300, [face('ada')]);
      sameFields(world.opened, []);
      world.report({ kind: 'canary', verdict: 'true' });
      await until(() => last(world)?.mode === 'identification', 'identification');
      await showFor(world, 300, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
    }),

    t.test('does not use what it saw before the encoder was found untrue', async (t) => {
      const world = await laneWorld(t, { parts: { selfTest: true } });
      world.report({ kind: 'canary', verdict: 'true' });
      world.show([face('ada')]);
      world.show([face('ada')]);
      world.report({ kind: 'canary', verdict: 'untrue' });
      await until(() => last(world)?.degraded.includes('encoder-self-test-failed') === true, 'untrue');
      assert.equal(last(world)?.mode, 'closed');
      world.report({ kind: 'restarting', cause: 'replaced' });
      world.report({ kind: 'canary', verdict: 'true' });
      world.show([face('ada')]);
      world.show([face('ada')]);
      await until(() => last(world)?.mode === 'identification', 'identification');
      sameFields(world.opened, []);
      world.show([face('ada')]);
      await until(() => world.opened.length === 1, 'an opening after three new frames');
      sameFields(
        world.notes.filter(({ kind }) => kind === 'encoder-self-test-failed'),
        [{ kind: 'encoder-self-test-failed' }],
      );
    }),

    t.test('opens for nobody while it cannot tell the time', async (t) => {
      let faults: readonly Degraded[] = ['clock-implausible'];
      const world = await laneWorld(t, { parts: { faults: () => faults } });
      await showFor(world, 1800, [face('ada')]);
      sameFields([world.said(), last(world)?.mode], [['refused degraded'], 'closed']);
      faults = [];
      await showFor(world, 400, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
    }),

    t.test('goes on while the disk is filling', async (t) => {
      const world = await laneWorld(t, { parts: { faults: () => ['disk-full'] } });
      await showFor(world, 400, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
      sameFields([last(world)?.mode, last(world)?.degraded], ['identification', ['disk-full']]);
    }),

    t.test('asks for a badge when a gallery is too old for the face alone', async (t) => {
      const both = { ...badgeRules, ...rules };
      const world = await laneWorld(t, { parts: { rules: both, faults: () => ['gallery-expired'] } });
      await showFor(world, 400, [face('ada')]);
      sameFields([world.opened, last(world)?.mode], [[], 'verification']);
      await world.badge('badge-of-ada');
      await showFor(world, 400, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
    }),

    t.test('says with numbers that its gallery is too large for its rule', async (t) => {
      const coarse = {
        ...calibration,
        rows: [
          { distance: 0.1, fmr: 0.0008 },
          { distance: 1, fmr: 1 },
        ],
      };
      const world = await laneWorld(t, { gallery: { ...(await galleryOf()), calibration: coarse } });
      await showFor(world, 1800, [face('ada')]);
      sameFields([world.said(), last(world)?.degraded], [['refused degraded'], ['gallery-too-large']]);
      const { gallery } = JSON.parse(world.broker.retained(world.topics.state) ?? '{}');
      sameFields([gallery.templates, gallery.max_templates], [2, 1]);
    }),

    t.test('says of state and decision where they rest on a rate that nobody measured', async (t) => {
      const word = { method: 'generalised-pareto', from: 1, tailPairs: 500, shape: 0, scale: 0.1 } as const;
      const extrapolation = { ...word, below: 0.01, smallest: 1e-9, replicates: 1 };
      const tail = { ...calibration, extrapolation };
      const world = await laneWorld(t, { gallery: { ...(await galleryOf()), calibration: tail } });
      await showFor(world, 400, [face('ada')]);
      await until(() => world.opened.length === 1, 'an opening');
      const { pack } = JSON.parse(world.broker.retained(world.topics.state) ?? '{}');
      const [[decision] = []] = world.decisions;
      sameFields([pack.extrapolated, decision?.extrapolated], [true, true]);
    }),

    t.test('is degraded when its vision process dies again and again', async (t) => {
      const world = await laneWorld(t);
      for (let n = 0; n < 5; n += 1) world.report({ kind: 'restarting', cause: 'killed' });
      world.report({ kind: 'camera', status: 'live', at: steadyClock.monotonic() });
      await until(() => last(world)?.camera === 'live', 'live');
      await showFor(world, 400, [face('ada')]);
      sameFields([last(world)?.degraded, world.opened], [['vision-failing'], []]);
    }),

    t.test('notes its progress for the watchdog', async (t) => {
      const progress = createProgressNotes();
      const world = await laneWorld(t, { parts: { progress } });
      world.show([face('eve')]);
      await until(() => progress.read().turnedAt !== undefined, 'a turn');
      await until(() => progress.read().waitingSince === undefined, 'a judgement');
      assert.equal(hangOf(progress.read(), steadyClock.monotonic()), undefined);
    }),

    t.test('hangs, for the watchdog, when a search never comes back', async (t) => {
      const progress = createProgressNotes();
      const gallery = await galleryOf();
      let answer = () => {};
      const search = {
        ...gallery.search,
        nearest: () => new Promise<undefined>((resolve) => (answer = () => resolve(undefined))),
      };
      const world = await laneWorld(t, { parts: { progress }, gallery: { ...gallery, search } });
      world.show([face('ada')]);
      await until(() => progress.read().waitingSince !== undefined, 'a frame that waits');
      const later = monotonic(steadyClock.monotonic() + 5500);
      progress.turned(later);
      assert.equal(hangOf(progress.read(), later), 'frames-wait');
      answer();
    }),
  ]);
});
