/** What `mode` says is what works: every cause under every rule of credentials, tried at a lane that runs. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { LaneRules } from '../../../src/access/lane-rules.js';
import { CREDENTIAL_POLICIES } from '../../../src/access/policy/credentials.js';
import { personId } from '../../../src/base/ids.js';
import { falseMatchRate, millis } from '../../../src/base/units.js';
import { euclidean } from '../../../src/biometrics/distance.js';
import type { LaneGallery } from '../../../src/lane/decision/lane-gallery.js';
import type { DocumentPhotos } from '../../../src/lane/document-photo.js';
import { CAUSES, type Degraded, type LaneMode } from '../../../src/lane/health/degraded-modes.js';
import { until } from '../../until.js';
import { accessWorld } from '../access-world.js';
import {
  badgeRules,
  calibration,
  FACES,
  face,
  rules as faceRules,
  galleryOf,
  type LaneParts,
  showFor,
  standingBy,
} from '../lane-world.js';

/** Above what the coarse table of 'gallery-too-large' reaches. */
const looser = { ...badgeRules.verification, maxFmr: falseMatchRate(1e-3) } as LaneRules['verification'];
const ofBadges = { ...badgeRules, verification: looser } as LaneRules;
const both: LaneRules = { ...ofBadges, ...faceRules };
const POLICIES = [...CREDENTIAL_POLICIES, 'rules of faces', 'rules of badges', 'rules of both'] as const;
type Policy = (typeof POLICIES)[number];
type World = Awaited<ReturnType<typeof accessWorld>>;

const rulesOf = (policy: Policy): LaneRules =>
  policy === 'rules of faces' ? faceRules : policy === 'rules of badges' ? ofBadges : both;

/** What brings each cause about; the others come from outside of the lane. */
interface Case {
  readonly parts?: (gallery: LaneGallery) => Partial<LaneParts>;
  /** Once the lane runs. */
  readonly happen?: (world: World) => void;
  /** No picture comes. */
  readonly isBlind?: true;
}
const broken = async () => {
  throw new Error('disk');
};
const CASES: Partial<Record<Degraded, Case>> = {
  'camera-not-live': { isBlind: true },
  'vision-restarting': {
    isBlind: true,
    happen: (world) => world.report({ kind: 'restarting', cause: 'died' }),
  },
  'vision-failing': {
    happen: (world) => {
      for (let n = 0; n < 5; n += 1) world.report({ kind: 'restarting', cause: 'died' });
    },
  },
  'encoder-self-test-failed': {
    parts: () => ({ selfTest: true }),
    happen: (world) => world.report({ kind: 'canary', verdict: 'untrue' }),
  },
  'pad-model-missing': {
    parts: () => ({ pack: { name: 'test', liveness: false } }),
  },
  'pack-uncalibrated': {
    parts: ({ snapshot, search }) => {
      const gallery = { snapshot, search };
      return { gallery: () => gallery };
    },
  },
  'gallery-too-large': {
    parts: ({ snapshot, search }) => {
      const coarse = {
        ...calibration,
        rows: [
          { distance: 0.1, fmr: 0.0005 },
          { distance: 1, fmr: 1 },
        ],
      };
      const gallery = { snapshot, search, calibration: coarse };
      return { gallery: () => gallery };
    },
  },
  'journal-failing': {
    parts: () => ({ journal: { append: broken, unfinished: async () => [] } as never }),
  },
  'broker-disconnected': { happen: (world) => world.broker.cut() },
  'gate-offline': {},
};
/** The others are told from outside of the lane. */
const isOutside = (cause: Degraded): boolean => cause !== 'gallery-empty' && CASES[cause] === undefined;
const HOLDERS: Readonly<Record<string, 'bob' | 'eve'>> = { 'badge-of-bob': 'bob', 'badge-of-eve': 'eve' };
const PHOTOS: DocumentPhotos = {
  encode: async () => ({
    kind: 'faces',
    faces: [
      {
        box: { x: 0, y: 0, width: 80, height: 100 },
        interOcular: 40,
        problems: [],
        embedding: Float32Array.from(FACES.eve),
      },
    ],
  }),
  distance: euclidean,
};

async function worldWith(t: TestContext, cause: Degraded | undefined, policy: Policy, passes: boolean) {
  const { parts: change, happen } = (cause === undefined ? undefined : CASES[cause]) ?? {};
  const gallery = await galleryOf(cause === 'gallery-empty' ? [] : ['ada', 'bob', 'eve']);
  const isWritten = CREDENTIAL_POLICIES.some((one) => one === policy);
  const liveness = { identification: 'require', verification: 'off', challenge: false } as const;
  const world = await accessWorld(t, {
    rules: [{ effect: 'grant', groups: ['everyone', 'visitors'] }],
    people: { ada: {}, bob: {}, eve: {} },
    gate: cause !== 'gate-offline',
    lane: isWritten ? { credentials: policy } : undefined,
    parts: {
      rules: cause === 'pad-model-missing' ? { ...rulesOf(policy), liveness } : rulesOf(policy),
      gallery: () => gallery,
      pulse: millis(100),
      standingOf: standingBy((badge) => HOLDERS[badge]),
      documents: passes ? { photos: PHOTOS } : undefined,
      faults: cause !== undefined && isOutside(cause) ? () => [cause] : undefined,
      ...change?.(gallery),
    },
  });
  const isBlind = cause !== undefined && CASES[cause]?.isBlind === true;
  if (cause !== 'encoder-self-test-failed' && !isBlind) {
    world.show([]);
    await until(() => world.states.at(-1)?.camera === 'live', 'a live camera');
  }
  happen?.(world);
  if (cause === 'journal-failing') {
    await world.badge('badge-of-nobody', 'first');
    await showFor(world, 400, [face('ada')]);
  }
  return world;
}

/** Whether each way opens the gate: somebody else for each, so that nobody is on the way through already. */
async function tryAll(world: World, isBlind: boolean, passes: boolean): Promise<LaneMode> {
  const opensBy = async (act: () => Promise<void>): Promise<boolean> => {
    const before = world.opened.length;
    await act();
    await new Promise((resolve) => setTimeout(resolve, 150));
    return world.opened.length > before;
  };
  const show = (who: 'ada' | 'eve') => showFor(world, isBlind ? 0 : 600, [face(who)]);
  if (await opensBy(() => show('ada'))) return 'identification';
  if (
    await opensBy(async () => {
      await world.badge('badge-of-bob', 'r-alone');
    })
  )
    return 'badge';
  const withFace = async () => {
    if (passes)
      await world.outside.publish(
        world.topics.badge,
        JSON.stringify({ v: 1, badge: 'V-17', reader: 'door', read: 'r-pass', photo: JPEG }),
        { qos: 0 },
      );
    else await world.badge('badge-of-eve', 'r-face');
    await show('eve');
  };
  return (await opensBy(withFace)) ? 'verification' : 'closed';
}
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2]).toString('base64');

for (const policy of POLICIES)
  test(`with ${policy}, mode says what works, whatever is degraded`, { concurrency: true }, async (t) => {
    await Promise.all(
      [undefined, ...CAUSES.filter(isTriedHere)].map((cause) =>
        t.test(cause ?? 'nothing', async (t) => {
          const world = await worldWith(t, cause, policy, false);
          if (cause !== undefined && !isBeside(cause, policy))
            await until(() => world.states.at(-1)?.degraded.includes(cause) === true, cause);
          const told = world.states.at(-1)?.mode;
          const works = await tryAll(world, cause !== undefined && CASES[cause]?.isBlind === true, false);
          assert.equal(told, works);
        }),
      ),
    );
  });

/** The gate of these lanes speaks the protocol: what a relay that stays on does is tried with a relay (open-relay). */
const isTriedHere = (cause: Degraded): boolean => cause !== 'relay-stays-on';

/** What is only wrong where a face alone is asked for by the lane's own rules. */
const isBeside = (cause: Degraded, policy: Policy): boolean =>
  policy === 'rules of badges' && (cause === 'gallery-too-large' || cause === 'pad-model-missing');

test('with an empty gallery and photographs in passes, mode says what is left for visitors', async (t) => {
  const world = await worldWith(t, 'gallery-empty', 'badge-and-face', true);
  await until(() => world.states.at(-1)?.degraded.includes('gallery-empty') === true, 'an empty gallery');
  assert.equal(world.states.at(-1)?.mode, 'verification');
  const works = await tryAll(world, false, true);
  assert.equal(works, 'verification', world.said().join(', '));
});

test('a badge of a holder lets them in with an empty gallery, and mode does not say closed', async (t) => {
  const world = await worldWith(t, 'gallery-empty', 'badge-only', false);
  await until(() => world.states.at(-1)?.mode === 'badge', 'the mode badge');
  await world.badge('badge-of-bob');
  await until(() => world.opened.length === 1, 'an opening');
  assert.equal(world.decisions[0]?.[0].person, personId('bob'));
});
