/** Takes a dispute of a passage: looks at its evidence while that is in memory, and stores what follows for the person. */
import { randomUUID } from 'node:crypto';
import type { LaneRules } from '../../access/lane-rules.js';
import type { Clock } from '../../base/clock.js';
import { TwinstileError } from '../../base/errors.js';
import { type DecisionId, decisionId, type LaneId, type PersonId } from '../../base/ids.js';
import { createKeyedTokenBuckets, type RateLimit } from '../../base/token-bucket.js';
import { type FalseMatchRate, falseMatchRate, wallTime } from '../../base/units.js';
import { fmrOf } from '../../biometrics/fmr.js';
import { fuseLooks, fusionFor } from '../../biometrics/fused-looks.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import { identificationBound } from '../../lane/decision/promise.js';
import type { GalleryThrough } from '../../lane/gallery-through.js';
import {
  type Consequence,
  consequenceOf,
  consequenceUnseen,
  type Dispute,
  inForce,
} from '../../records/disputes/dispute.js';
import type { DisputedDecision } from '../../records/disputes/disputed-decision.js';
import type { DisputeStore } from '../../records/disputes/sqlite-disputes.js';
import type { Actor } from '../../records/journal/act.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import type { CoreServices, Disputed, DisputeRequest } from './core-session.js';
import { rowsOf, sourcesAside } from './disputes-in-force.js';
import type { LaneWatches } from './lane-watches.js';

export interface DisputeDependencies {
  readonly disputes: DisputeStore;
  /** Finds a granted decision in the journal. */
  readonly decisionOf: (id: DecisionId) => Promise<DisputedDecision | undefined>;
  readonly people: Pick<GalleryStore, 'vectors' | 'find'>;
  readonly watches: Pick<LaneWatches, 'of'>;
  readonly galleryOf: (lane: LaneId) => GalleryThrough;
  /** Absent for a lane that is no longer configured. */
  readonly rulesOf: (lane: LaneId) => LaneRules | undefined;
  /** Whether a badge lets the person in at the lane without what the dispute makes stricter. */
  readonly hasBadgeWay: (decision: DisputedDecision, hasBadge: boolean) => boolean;
  readonly clock: Clock;
}

/** For each claimant: a guard disputes a passage now and then. */
const DISPUTES: RateLimit = { burst: 5, perSecond: 1 / 120 };
const MAX_CLAIMANTS = 64;
const DAY_MS = 86_400_000;

/** Returns the handler of `dispute`. */
export function createDisputeHandler(dependencies: DisputeDependencies): CoreServices['dispute'] {
  const buckets = createKeyedTokenBuckets(DISPUTES, MAX_CLAIMANTS);
  const inTurn = createTurns();
  return async (request, actor, lane) => {
    if (!buckets.take(actor.by, dependencies.clock.monotonic())) throw tooOften();
    const decision = await dependencies.decisionOf(decisionId(request.decision));
    if (decision === undefined) throw unknownDecision(request.decision);
    // Each sees what those before it stored: together they must not take all of a person's templates.
    return inTurn(decision.person, () =>
      disputePassage({ ...request, actor, lane, found: decision }, dependencies),
    );
  };
}

/** Runs work about one person after another, in the order in which it came. */
function createTurns(): <T>(person: PersonId, work: () => Promise<T>) => Promise<T> {
  const last = new Map<PersonId, Promise<unknown>>();
  return async (person, work) => {
    const before = last.get(person) ?? Promise.resolve();
    const own = before.then(work, work);
    last.set(person, own);
    try {
      return await own;
    } finally {
      if (last.get(person) === own) last.delete(person);
    }
  };
}

interface Claim extends DisputeRequest {
  readonly actor: Actor;
  readonly lane: LaneId | undefined;
  readonly found: DisputedDecision;
}

async function disputePassage(
  { decision: id, days, actor, lane, found: decision }: Claim,
  dependencies: DisputeDependencies,
): Promise<Disputed> {
  const { disputes, clock, rulesOf, galleryOf } = dependencies;
  const rules = rulesOf(decision.lane);
  const isElsewhere = lane !== undefined && decision.lane !== lane;
  if (rules === undefined || isElsewhere) throw unknownDecision(id);
  const now = clock.wall();
  const before = await disputes.list(now);
  if (before.some((one) => one.decision === decision.id && one.by === actor.by)) throw twice(id, actor.by);
  const gallery = galleryOf(decision.lane);
  const { calibration } = gallery;
  if (calibration === undefined) throw uncalibrated();
  const { consequence, hadEvidence } = await consequenceFor(
    { decision, rules, gallery, calibration, stored: inForce(before, now) },
    dependencies,
  );
  const dispute: Dispute = {
    id: randomUUID(),
    decision: decision.id,
    person: decision.person,
    lane: decision.lane,
    mode: decision.mode,
    ...consequence,
    by: actor.by,
    at: now,
    until: wallTime(now + days * DAY_MS),
  };
  await disputes.add(dispute, { actor, now: () => clock.wall() }, { evidence: hadEvidence });
  const { remedy } = dispute;
  return {
    dispute: dispute.id,
    person: dispute.person,
    lane: dispute.lane,
    remedy: remedy.kind === 'bound' ? remedy : { kind: 'set-aside', templates: remedy.sources.length },
    isInForce: inForce([...before, dispute], now).includes(dispute),
    hadEvidence,
    until: dispute.until,
  };
}

interface Passage {
  readonly decision: DisputedDecision;
  readonly rules: LaneRules;
  readonly gallery: GalleryThrough;
  readonly calibration: CalibrationTable;
  /** Disputes that count now; the lane's gallery takes them up within a second. */
  readonly stored: readonly Dispute[];
}

async function consequenceFor(
  passage: Passage,
  { people, watches, hasBadgeWay, clock }: DisputeDependencies,
): Promise<{ readonly consequence: Consequence; readonly hadEvidence: boolean }> {
  const { decision, rules, gallery } = passage;
  const found = await people.find(decision.person);
  const trunk = (await people.vectors(decision.person)).filter(
    ({ digest }) => digest === gallery.comparison.trunk.digest,
  );
  if (found === undefined || trunk.length === 0) throw notEnrolled(decision.person);
  if (trunk.length !== rowsOf(gallery.snapshot, decision.person).length) throw changed(decision.person);
  const evidence = watches.of(decision.lane).evidence?.of(decision.id, clock.monotonic());
  const bound = boundOf(rules, decision, gallery);
  const probes = probesOf(evidence?.vectors ?? [], passage, bound);
  const all = trunk.map(({ source, vector }, place) => ({
    source,
    passage: leastRate(probes, passage, place),
    own: leastOther(vector, passage, place),
  }));
  // What was set aside before leaves no way: passages one after the other must not take all templates on one word.
  const aside = gallery.aside?.get(decision.person);
  const open = rowsOf(gallery.snapshot, decision.person).map((row) => aside?.has(row) !== true);
  const taken = sourcesAside(passage.stored).get(decision.person);
  const left = all.filter(({ source }, place) => open[place] === true && taken?.has(source) !== true);
  const templates = left.length > 0 ? left : all;
  const hasWay = hasBadgeWay(decision, found.badges.length > 0);
  const hadEvidence = probes.length > 0;
  const consequence = hadEvidence
    ? consequenceOf({ templates, bound, hasBadgeWay: hasWay })
    : consequenceUnseen(decision.fmr, templates, hasWay);
  return { consequence, hadEvidence };
}

/** What was compared, and by which table it is read. */
interface Probe {
  readonly vector: Float32Array;
  readonly table: CalibrationTable;
}

/** The looks of the passage, and as the lane fuses them: together they may come nearer than each. */
function probesOf(
  vectors: readonly Float32Array[],
  { decision: { mode }, rules, calibration }: Passage,
  bound: FalseMatchRate,
): readonly Probe[] {
  const alone = vectors.map((vector) => ({ vector, table: calibration }));
  const needed = rules[mode]?.framesNeeded ?? 1;
  const fusion = fusionFor(calibration, { bound, needed, available: vectors.length });
  if (fusion === undefined) return alone;
  return [...alone, { vector: fuseLooks(vectors.slice(-fusion.looks)), table: fusion.table }];
}

/** How near the looks came to one template. */
function leastRate(probes: readonly Probe[], { decision, gallery }: Passage, place: number): FalseMatchRate {
  const rates = probes.map(({ vector, table }) => {
    const apart = gallery.search.templatesOf(vector, decision.person)[place]?.distance;
    return apart === undefined ? 1 : fmrOf(table, apart);
  });
  return falseMatchRate(Math.min(1, ...rates));
}

/** How near one template is to the person's others, compared as a live face would be. */
function leastOther(
  vector: Float32Array,
  { decision, gallery, calibration }: Passage,
  place: number,
): FalseMatchRate | undefined {
  const others = gallery.search.templatesOf(vector, decision.person).filter((_, other) => other !== place);
  const rates = others.map(({ distance }) => fmrOf(calibration, distance));
  return rates.length === 0 ? undefined : falseMatchRate(Math.min(...rates));
}

/** The bound by which the passage opened; where the lane has no such rule any more, everything counts as near. */
function boundOf(
  { identification, verification }: LaneRules,
  { mode }: DisputedDecision,
  gallery: GalleryThrough,
): FalseMatchRate {
  if (mode === 'verification') return verification?.maxFmr ?? falseMatchRate(1);
  return identification === undefined
    ? falseMatchRate(1)
    : identificationBound(gallery, identification.maxFpir);
}

const refusal = (message: string, hint: string): TwinstileError =>
  new TwinstileError({ code: 'bad-arguments', message, hint });

const unknownDecision = (id: string): TwinstileError =>
  refusal(
    `Expected a recent decision by which a face let somebody in here, got ${id}.`,
    'See them with: twinstile journal list. A badge that opened without a face is taken back with twinstile badge.',
  );

const twice = (id: string, by: string): TwinstileError =>
  refusal(
    `Expected a decision that ${by} has not disputed yet, got ${id}.`,
    'A second person may dispute it; see twinstile people disputes.',
  );

const tooOften = (): TwinstileError =>
  refusal('Expected a few disputes of one person at a time, got more.', 'Wait two minutes.');

const uncalibrated = (): TwinstileError =>
  refusal('Expected a calibrated model pack, got one without a table.', 'No face opens with it.');

const notEnrolled = (person: PersonId): TwinstileError =>
  refusal(
    `Expected somebody who is enrolled, got ${person}, who is not any more.`,
    'There is nothing to make stricter.',
  );

const changed = (person: PersonId): TwinstileError =>
  new TwinstileError({
    code: 'gallery-changed',
    message: `Expected the templates of ${person} as the lane has them, got others.`,
    hint: 'Repeat in some seconds.',
  });
