/** A lane with everything around it in memory: a vision that shows what a test says, a real gate protocol, a broker that can be cut. */
import type { TestContext } from 'node:test';
import type { Decision } from '../../src/access/decision.js';
import type { LaneRules } from '../../src/access/lane-rules.js';
import { decisionId, laneId, personId, siteId, trackId } from '../../src/base/ids.js';
import { falseMatchRate, frameSeq, millis, monotonic } from '../../src/base/units.js';
import type { CalibrationTable } from '../../src/biometrics/model-card.js';
import { runActuator } from '../../src/gate/actuate.js';
import { createGateClient } from '../../src/gate/gate-client.js';
import { createAnswerWriter } from '../../src/gate/protocol/answer-writer.js';
import { type PassageOutcome, readMessage, sessionMessage } from '../../src/gate/protocol/gate-messages.js';
import { newGrantKey, signingKey, verifyingKey } from '../../src/gate/protocol/signature.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import type { LaneGallery } from '../../src/lane/decision/lane-gallery.js';
import type { LaneState } from '../../src/lane/health/lane-state.js';
import type {
  LaneDependencies,
  LaneFeatures,
  LaneIdentity,
  LaneNote,
  LaneObserver,
  LaneOutcome,
  LanePorts,
} from '../../src/lane/lane-dependencies.js';
import { runLane } from '../../src/lane/run-lane.js';
import type { Person } from '../../src/records/people/person.js';
import type { AtGate, FaceReport, FrameReport, Vision, VisionReport } from '../../src/vision/ports/vision.js';
import { snapshotOf } from '../contracts/search.js';
import { createFakeBroker } from '../fakes/bus.js';
import { fakeJournal } from '../fakes/journal.js';
import { bruteForce } from '../fakes/search.js';
import { placeOf, sharedKey } from '../gate/protocol/gate-keys.js';
import { steadyClock, steadySleep } from '../support/steady-clock.js';
import { until } from '../until.js';

export const calibration: CalibrationTable = {
  source: 'test',
  people: 1000,
  impostorPairs: 1e9,
  matedPairs: 1,
  rows: [
    { distance: 0.1, fmr: 1e-8 },
    { distance: 1, fmr: 1 },
  ],
};

export const rules: LaneRules = {
  identification: { maxFpir: 0.001, minMarginRatio: 10, framesNeeded: 3, window: millis(2000) },
  maxFrameAge: millis(300),
  refuseAfter: millis(1500),
  passage: millis(3000),
};
export const badgeRules: LaneRules = {
  maxFrameAge: millis(300),
  refuseAfter: millis(1500),
  passage: millis(3000),
  verification: {
    maxFmr: falseMatchRate(1e-4),
    framesNeeded: 2,
    window: millis(2000),
    badgeValid: millis(10_000),
  },
};

/** Badges by their holders; one without was never anybody's. */
export const standingBy =
  (holderOf: (badge: string) => string | undefined): LanePorts['standingOf'] =>
  async (badge) => {
    const holder = holderOf(badge);
    return holder === undefined
      ? { kind: 'foreign', badge }
      : { kind: 'held', badge, person: personId(holder) };
  };

/** Where each face lies: ada and bob are enrolled, eve is not. */
export const FACES = { ada: [0, 0], bob: [5, 0], eve: [0, 5] } as const;
export type Who = keyof typeof FACES;

export async function galleryOf(
  people: readonly Who[] = ['ada', 'bob'],
  change: Partial<Person> = {},
): Promise<LaneGallery> {
  const snapshot = snapshotOf(people.map((who) => [who, FACES[who]] as const));
  const changed = new Map([...snapshot.people].map(([id, person]) => [id, { ...person, ...change }]));
  const full = { ...snapshot, people: changed };
  return { snapshot: full, search: await bruteForce(full, 'euclidean'), calibration };
}

export function face(who: Who, more: Partial<FaceReport> = {}): FaceReport {
  return {
    track: trackId(`track-of-${who}`),
    box: { x: 0, y: 0, width: 80, height: 80 },
    score: 0.9,
    interOcular: 40,
    atGate: true,
    problems: [],
    embedding: Float32Array.from(FACES[who]),
    ...more,
  };
}

export function frameOf(
  seq: number,
  at: number,
  faces: readonly FaceReport[],
  more: Partial<FrameReport> = {},
): FrameReport {
  const [only] = faces;
  const gate: AtGate =
    only === undefined
      ? { who: 'nobody' }
      : faces.length > 1
        ? { who: 'several' }
        : { who: 'one', track: only.track };
  const none = millis(0);
  return {
    kind: 'frame',
    seq: frameSeq(seq),
    at: monotonic(at),
    width: 640,
    height: 480,
    gate,
    faces,
    ended: [],
    skipped: 0,
    timings: {
      read: none,
      detect: none,
      track: none,
      quality: none,
      align: none,
      encode: none,
      liveness: none,
    },
    ...more,
  };
}

/** The dependencies of a lane in one layer, of which a test replaces some. */
export type LaneParts = LaneIdentity &
  LanePorts &
  LaneFeatures &
  LaneObserver &
  Pick<LaneDependencies, 'rules' | 'gallery'>;

/** Each part goes to the group that reads it; the others pass it over. */
const grouped = (parts: LaneParts): LaneDependencies => ({
  rules: parts.rules,
  gallery: parts.gallery,
  identity: parts,
  ports: parts,
  features: parts,
  observer: parts,
});

/** @param options.gate false: nobody listens at the gate. */
export async function laneWorld(
  t: Pick<TestContext, 'after'>,
  options: {
    readonly parts?: Partial<LaneParts>;
    readonly gate?: boolean;
    readonly gallery?: LaneGallery;
  } = {},
) {
  const stop = new AbortController();
  const broker = createFakeBroker();
  const topics = laneTopics(siteId('site'), laneId('north'));
  const secret = newGrantKey('hmac-sha256').secret;
  const { signer, trust } = sharedKey('k', secret);
  const place = placeOf('site', 'north', 'north-1');
  const opened: string[] = [];
  /** What happened, in order: 'journal decision', 'grant', 'journal outcome'. */
  const story: string[] = [];
  const { journal, outbox, rows } = fakeJournal();
  const tell: Parameters<Vision['watch']>[0][] = [];
  const decisions: (readonly [Decision, LaneOutcome | undefined])[] = [];
  const states: LaneState[] = [];
  const notes: LaneNote[] = [];
  let gallery = options.gallery ?? (await galleryOf());
  let ids = 0;
  let seq = 0;
  let endVision = () => {};

  const outside = broker.connect();
  /** What the gate's own sensor would say, signed. */
  const passages = createAnswerWriter(place, signer, 'ee'.repeat(8));
  let isSession = false;
  outside.subscribe(topics.gate.grant, ({ payload }) => {
    const session = readMessage(sessionMessage, payload);
    if (session === undefined) return void story.push('grant');
    passages.useSession(session.session, undefined);
    isSession = true;
  });
  const gateBus = broker.connect();
  const actuator =
    options.gate === false
      ? Promise.resolve()
      : runActuator(
          {
            bus: gateBus,
            topics: topics.gate,
            place,
            signer,
            direction: options.parts?.direction ?? 'in',
            keys: [verifyingKey('k', 'hmac-sha256', secret)],
            drive: { open: async (_pulse, { grant }) => void opened.push(grant), close: async () => {} },
            clock: steadyClock,
          },
          stop.signal,
        );
  const bus = broker.connect();
  const parts: LaneParts = {
    lane: laneId('north'),
    topics,
    direction: 'in',
    pulse: millis(300),
    pack: { name: 'test' },
    rules,
    gallery: () => gallery,
    vision: {
      watch: (onReport, signal) => {
        tell.push(onReport);
        return new Promise((resolve) => {
          endVision = resolve;
          signal.addEventListener('abort', () => resolve());
        });
      },
    },
    journal: {
      ...journal,
      append: async (entry, message) => {
        const row = await journal.append(entry, message);
        story.push(`journal ${entry.kind}`);
        return row;
      },
    },
    bus,
    gate: (listeners) =>
      createGateClient({
        bus,
        topics: topics.gate,
        place,
        trust,
        key: signingKey('k', 'hmac-sha256', secret),
        clock: steadyClock,
        ...listeners,
      }),
    standingOf: standingBy((badge) => (badge === 'badge-of-ada' ? 'ada' : undefined)),
    clock: steadyClock,
    newId: () => decisionId(`d-${++ids}`),
    onDecision: (decision, outcome) => decisions.push([decision, outcome]),
    onState: (state) => states.push(state),
    onNote: (note) => notes.push(note),
    ...options.parts,
  };
  const served = runLane(grouped(parts), stop.signal);
  served.catch(() => {});
  t.after(async () => {
    stop.abort();
    await Promise.allSettled([served, actuator]);
  });
  await until(() => tell.length > 0, 'the lane watches');
  if (options.gate !== false) await until(() => states.at(-1)?.gate === 'ready', 'the gate is heard');

  const report = (what: VisionReport) => tell.at(-1)?.(what);
  return {
    broker,
    outside,
    topics,
    rows,
    outbox,
    opened,
    story,
    decisions,
    states,
    notes,
    served,
    stop,
    report,
    endVision: () => endVision(),
    swapGallery: (next: LaneGallery) => {
      gallery = next;
    },
    /** One frame, taken `age` ms ago. */
    show: (faces: readonly FaceReport[], more: Partial<FrameReport> & { readonly age?: number } = {}) => {
      const { age = 0, ...rest } = more;
      report(frameOf(seq++, parts.clock.monotonic() - age, faces, rest));
    },
    /** The gate's sensor saw somebody. */
    async passage(grant: string | null, outcome: PassageOutcome) {
      await until(() => isSession, 'a session');
      const text = passages.passage({ v: 1, gate: 'north-1', grant, outcome, direction: 'in' });
      await outside.publish(topics.gate.passage, text, { qos: 1 });
    },
    badge: (badge: string, read = 'r-1', retain = false) =>
      outside.publish(topics.badge, JSON.stringify({ v: 1, badge, reader: 'door', read }), {
        qos: 0,
        retain,
      }),
    /** Verdict, reason and how it ended, of all decisions so far. */
    said: () =>
      decisions.map(([{ verdict, reason }, outcome]) =>
        outcome === undefined ? `${verdict} ${reason}` : `${verdict} ${reason} ${outcome.outcome}`,
      ),
  };
}

export type LaneWorld = Awaited<ReturnType<typeof laneWorld>>;

/** Frames `every` ms apart until `span` ms have passed. */
export async function showFor(
  world: LaneWorld,
  span: number,
  faces: readonly FaceReport[],
  more: Partial<FrameReport> & { readonly age?: number } = {},
  every = 50,
): Promise<void> {
  const end = steadyClock.monotonic() + span;
  while (steadyClock.monotonic() < end) {
    world.show(faces, more);
    await steadySleep(every);
  }
}
