import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decisionId, laneId, modelDigest, personId, trackId } from '../../../src/base/ids.js';
import { falseMatchRate, frameSeq, monotonic, type WallTime, wallTime } from '../../../src/base/units.js';
import { createEvidenceRing } from '../../../src/lane/decision/evidence-ring.js';
import type { LaneGallery } from '../../../src/lane/decision/lane-gallery.js';
import type { GalleryThrough } from '../../../src/lane/gallery-through.js';
import type { Dispute } from '../../../src/records/disputes/dispute.js';
import type { DisputeStore } from '../../../src/records/disputes/sqlite-disputes.js';
import { createDisputeHandler } from '../../../src/service/core-socket/dispute-passage.js';
import { createDisputesInForce } from '../../../src/service/core-socket/disputes-in-force.js';
import { snapshotOf } from '../../contracts/search.js';
import { createFakeClock } from '../../fakes/clock.js';
import { bruteForce } from '../../fakes/search.js';
import { calibration, face, frameOf, rules } from '../../lane/lane-world.js';
import { until } from '../../until.js';

const [ada, north] = [personId('ada'), laneId('north')];
const digest = modelDigest('a'.repeat(64));
const decision = {
  id: decisionId('d-1'),
  lane: north,
  person: ada,
  mode: 'identification',
  fmr: falseMatchRate(1e-6),
} as const;
const guard = { by: 'operator:guard' };

interface World {
  /** Where ada's templates lie. */
  readonly templates: readonly (readonly number[])[];
  /** Where the looks of the passage lie; absent: they are not in memory. */
  readonly looks?: readonly (readonly number[])[];
  readonly hasBadgeWay?: boolean;
  /** Rows of ada that were set aside before. */
  readonly aside?: readonly number[];
}

async function handling({ templates, looks, hasBadgeWay = false, aside = [] }: World) {
  const clock = createFakeClock();
  const rows = templates.map((vector) => ['ada', vector] as const);
  const snapshot = snapshotOf([...rows, ['bob', [9, 9]]]);
  const search = await bruteForce(snapshot, 'euclidean');
  const gallery: LaneGallery = { snapshot, search, calibration, aside: new Map([[ada, new Set(aside)]]) };
  const evidence = createEvidenceRing();
  for (const [n, vector] of (looks ?? []).entries()) {
    const track = trackId('t-1');
    const at = clock.monotonic() + n;
    evidence.see(frameOf(n, at, [face('eve', { track })]), {
      observation: { frame: frameSeq(n), at: monotonic(at) },
      embedding: Float32Array.from(vector),
    });
  }
  evidence.decided({ id: decision.id, track: trackId('t-1'), verdict: 'granted', person: ada } as never);
  let stored: readonly Dispute[] = [];
  const disputes: DisputeStore = {
    list: async (now) => stored.filter(({ until }) => until > now),
    add: async (dispute) => {
      stored = [...stored, dispute];
    },
    expire: async () => {},
    undo: async () => [],
  };
  const vectors = templates.map((vector, n) => ({
    digest,
    source: `photo-${n}`,
    vector: Float32Array.from(vector),
  }));
  const people = {
    vectors: async (person: string) => (person === 'ada' ? vectors : []),
    find: async () => ({ person: { id: ada, name: 'Ada' }, badges: [], templates: [] }),
  };
  const dispute = createDisputeHandler({
    disputes,
    decisionOf: async (id) => (id === decision.id ? decision : undefined),
    people,
    watches: { of: () => ({ evidence, listen: () => () => {}, tapped: (vision) => vision }) },
    galleryOf: () => ({ ...gallery, comparison: { trunk: { digest } } }) as unknown as GalleryThrough,
    rulesOf: (lane) => (lane === north ? rules : undefined),
    hasBadgeWay: () => hasBadgeWay,
    clock,
  });
  return { dispute, clock, disputes, people, snapshot, stored: () => stored };
}

const asked = { decision: 'd-1', days: 30 };
/** ada's own are near each other; the wrong face comes near to the last one alone. */
const WRONG_PHOTO = [
  [0, 0],
  [0, 0.1],
  [3, 0],
];

test('the template that let the wrong face in is set aside, and opens nothing from the next gallery on', async () => {
  const { dispute, disputes, people, snapshot, clock } = await handling({
    templates: WRONG_PHOTO,
    looks: [[3, 0.1]],
  });
  const done = await dispute(asked, guard);
  assert.deepEqual(
    [done.remedy, done.isInForce, done.hadEvidence],
    [{ kind: 'set-aside', templates: 1 }, true, true],
  );
  const inForce = createDisputesInForce({ store: disputes, people, now: () => clock.wall() });
  assert.deepEqual(await inForce.rowsAside(snapshot), new Map([[ada, new Set([2])]]));
  assert.equal(inForce.limitOf(north)(ada), undefined);
});

test('passages one after the other never take all templates on one word', async () => {
  // One of two that are left is half of them; one alone is all of them, and only the bound becomes stricter.
  for (const [aside, kind, isInForce] of [
    [[0], 'set-aside', true],
    [[0, 1], 'bound', false],
  ] as const) {
    const { dispute } = await handling({ templates: WRONG_PHOTO, looks: [[3, 0.1]], aside });
    const done = await dispute(asked, guard);
    assert.deepEqual([done.remedy.kind, done.isInForce], [kind, isInForce]);
  }
});

test('two disputes before the gallery is loaded again never take all templates together, in whatever order they are stored', async () => {
  const two = [
    [0, 0],
    [3, 0],
  ];
  for (const isTogether of [true, false]) {
    const { dispute, disputes, stored } = await handling({ templates: two, looks: [[3, 0.1]] });
    const events: string[] = [];
    const gates: (() => void)[] = [];
    const add = disputes.add.bind(disputes);
    const list = disputes.list.bind(disputes);
    Object.assign(disputes, {
      list: async (now: WallTime) => {
        events.push('list');
        return list(now);
      },
      add: async (...parts: Parameters<DisputeStore['add']>) => {
        // Stored late: whatever was read meanwhile does not hold this dispute.
        await new Promise<void>((resolve) => gates.push(resolve));
        await add(...parts);
        events.push('add');
      },
    });
    const opened = async (count: number): Promise<void> => {
      await until(() => gates.length >= count, 'a dispute is about to be stored');
      gates[count - 1]?.();
    };
    const first = dispute(asked, guard);
    const second = isTogether ? dispute(asked, { by: 'operator:other' }) : undefined;
    await opened(1);
    const one = await first;
    const other = second ?? dispute(asked, { by: 'operator:other' });
    await opened(2);
    const last = await other;
    // Each is judged after the one before it was stored.
    assert.deepEqual(events, ['list', 'add', 'list', 'add']);
    assert.deepEqual([one.remedy, one.isInForce], [{ kind: 'set-aside', templates: 1 }, true]);
    assert.equal(last.remedy.kind, 'bound');
    const taken = stored().flatMap(({ remedy }) => (remedy.kind === 'set-aside' ? remedy.sources : []));
    assert.deepEqual(taken, ['photo-1']);
  }
});

test('one who disputes the same passage twice at once is told so the second time', async () => {
  const { dispute, stored } = await handling({ templates: WRONG_PHOTO, looks: [[3, 0.1]] });
  const [one, other] = await Promise.allSettled([dispute(asked, guard), dispute(asked, guard)]);
  assert.deepEqual([one.status, other.status, stored().length], ['fulfilled', 'rejected', 1]);
  // A refusal holds nothing up.
  assert.equal((await dispute(asked, { by: 'operator:other' })).person, ada);
});

test('templates that changed meanwhile are all set aside until they are loaded again', async () => {
  const { dispute, disputes, people, clock } = await handling({ templates: WRONG_PHOTO, looks: [[3, 0.1]] });
  await dispute(asked, guard);
  const inForce = createDisputesInForce({ store: disputes, people, now: () => clock.wall() });
  const older = snapshotOf([
    ['ada', [0, 0]],
    ['ada', [0, 0.1]],
  ]);
  assert.deepEqual(await inForce.rowsAside(older), new Map([[ada, new Set([0, 1])]]));
});

test('where every template is near, the person needs a tenth of the nearest look at that lane', async () => {
  const { dispute, disputes, people, snapshot, clock } = await handling({
    templates: [
      [0, 0],
      [0, 0],
    ],
    looks: [
      [0, 0.5],
      [0, 0.4],
    ],
  });
  const done = await dispute(asked, guard);
  assert.equal(done.remedy.kind, 'bound');
  assert.ok(done.isInForce, 'the two templates are near each other');
  const inForce = createDisputesInForce({ store: disputes, people, now: () => clock.wall() });
  await inForce.rowsAside(snapshot);
  const limit = inForce.limitOf(north)(ada);
  assert.equal(limit?.identification, done.remedy.kind === 'bound' ? done.remedy.rate : undefined);
  assert.equal(limit?.verification, undefined);
  assert.equal(inForce.limitOf(laneId('south'))(ada), undefined);
  clock.pass(31 * 86_400_000);
  assert.equal(inForce.limitOf(north)(ada), undefined, 'after its days');
});

test('a single template waits for a second claimant, unless a badge lets the person in', async () => {
  const one = { templates: [[0, 0]], looks: [[0, 0.3]] };
  const alone = await handling(one);
  assert.equal((await alone.dispute(asked, guard)).isInForce, false);
  await assert.rejects(alone.dispute(asked, guard), {
    code: 'bad-arguments',
    message: /has not disputed yet/,
  });
  assert.equal((await alone.dispute(asked, { by: 'unix:eve' })).isInForce, true);
  assert.equal((await (await handling({ ...one, hasBadgeWay: true })).dispute(asked, guard)).isInForce, true);
});

test('without the looks in memory, a hundredth of the decision’s rate is asked for', async () => {
  const { dispute } = await handling({ templates: WRONG_PHOTO });
  const done = await dispute(asked, guard);
  assert.deepEqual([done.remedy, done.hadEvidence], [{ kind: 'bound', rate: 1e-6 / 100 }, false]);
});

test('after its minutes the looks are gone, and nothing of them was stored', async () => {
  const { dispute, clock, stored } = await handling({ templates: WRONG_PHOTO, looks: [[3, 0.1]] });
  clock.pass(11 * 60_000);
  assert.equal((await dispute(asked, guard)).hadEvidence, false);
  assert.deepEqual(Object.keys(stored()[0] ?? {}).sort(), [
    'at',
    'by',
    'decision',
    'id',
    'lane',
    'leavesWay',
    'mode',
    'person',
    'remedy',
    'until',
  ]);
});

test('an unknown decision, and one of another lane, changes nothing', async () => {
  const { dispute, stored } = await handling({ templates: WRONG_PHOTO });
  await assert.rejects(dispute({ ...asked, decision: 'd-9' }, guard), { code: 'bad-arguments' });
  await assert.rejects(dispute(asked, guard, laneId('south')), { code: 'bad-arguments' });
  assert.deepEqual(stored(), []);
});

test('nobody disputes one passage after the other', async () => {
  const { dispute, clock } = await handling({ templates: WRONG_PHOTO });
  const tries = Array.from({ length: 6 }, () =>
    dispute({ ...asked, decision: 'd-9' }, guard).catch((error) => error.message),
  );
  const messages = await Promise.all(tries);
  assert.equal(messages.filter((message) => /a few disputes/.test(message)).length, 1);
  clock.pass(120_000);
  await assert.rejects(dispute({ ...asked, decision: 'd-9' }, guard), {
    message: /Expected a recent decision/,
  });
});

test('the clock of a dispute is the wall’s: it counts from when it was made', async () => {
  const { dispute, clock, stored } = await handling({ templates: WRONG_PHOTO });
  await dispute({ ...asked, days: 2 }, guard);
  assert.deepEqual(
    [stored()[0]?.at, stored()[0]?.until],
    [clock.wall(), wallTime(clock.wall() + 2 * 86_400_000)],
  );
});
