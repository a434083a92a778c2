/** Tells the lane's state at each change, and keeps it at the broker. */

import { type Capacity, capacityOf, restsOnExtrapolation } from '../access/fmr-bound.js';
import { padRequired } from '../access/pad-policy.js';
import type { Monotonic, WallTime } from '../base/units.js';
import type { CalibrationTable } from '../biometrics/model-card.js';
import type { GateClient } from '../gate/gate-client.js';
import type { Prompt } from '../vision/pad/liveness-prompt.js';
import type { SelfTestReport } from '../vision/ports/vision.js';
import type { LaneGallery } from './decision/lane-gallery.js';
import type { LaneMode } from './health/degraded-modes.js';
import { type LaneStateInput, modeEnforced, stateOf } from './health/lane-state.js';
import type { FleetStatus, LaneState } from './health/lane-state-message.js';
import type { ReaderFault, ReaderFaults } from './health/reader-faults.js';
import { createVisionTrust } from './health/vision-trust.js';
import type { LaneAccess } from './lane-access.js';
import type { LaneDependencies, LaneIdentity } from './lane-dependencies.js';
import type { LaneRecord } from './lane-journal.js';

export interface StatePublisher {
  readonly camera: LaneStateInput['camera'];
  /** What the vision process said of its camera, or that it is being replaced. */
  cameraIs(status: LaneStateInput['camera']): void;
  /** What may be decided on right now. */
  readonly mode: LaneMode;
  /** What the vision process's drawn faces showed. */
  selfTest(report: SelfTestReport): void;
  /** What is asked of whoever stands there. */
  promptIs(prompt: Prompt | undefined): void;
  /** Call a few times a second: gate, broker and gallery change by themselves. */
  refresh(): void;
}

/** A broker that does not take the state is not asked more often. */
const RETRY_MS = 1000;
const ONLINE = 'online';
const MAX_RECEIPTS = 65_536;

export function createStatePublisher(
  dependencies: LaneDependencies,
  {
    gate,
    record,
    access,
    readers,
  }: {
    readonly gate: GateClient;
    readonly record: LaneRecord;
    readonly access: LaneAccess;
    readonly readers: Pick<ReaderFaults, 'list'>;
  },
): StatePublisher {
  const { rules, features = {} } = dependencies;
  const { bus, clock } = dependencies.ports;
  const { topics, pack } = dependencies.identity;
  const trust = createVisionTrust(features.selfTest === true);
  const capacityWith = (calibration: CalibrationTable | undefined): Capacity | undefined =>
    rules.identification === undefined || calibration === undefined
      ? undefined
      : capacityOf(rules.identification.maxFpir, calibration);
  let prompt: Prompt | undefined;
  let camera: LaneStateInput['camera'] = 'opening';
  let loaded:
    | { readonly gallery: LaneGallery; readonly at: WallTime; readonly capacity?: Capacity }
    | undefined;
  let told: string | undefined;
  let published: string | undefined;
  let triedAt: Monotonic | undefined;
  let underWay = false;
  /** What came on the topic of the state since it was last looked at. */
  let heard: string | undefined;
  let isOnlineTold = true;
  let onlineAt: Monotonic | undefined;

  bus.onConnection(() => {
    // A broker that was away may have lost what it retained.
    published = undefined;
  });
  // A login that may write there can say anything, and so can a will that comes late: what is not so is put right.
  bus.subscribe(topics.state, ({ payload }) => {
    heard = textOf(payload);
  });
  bus.subscribe(topics.availability, ({ payload }) => {
    isOnlineTold = textOf(payload) === ONLINE;
  });
  const facts = (): LaneStateInput => {
    const gallery = dependencies.gallery();
    if (loaded?.gallery !== gallery) {
      const capacity = capacityWith(gallery.calibration);
      loaded = { gallery, at: clock.wall(), capacity };
    }
    const { capacity } = loaded;
    const now = clock.monotonic();
    const asked = access.asked({ wall: clock.wall() });
    return {
      camera,
      brokerConnected: bus.connected,
      gateAlive: gate.alive,
      gateAnswers: gate.answers,
      relayStaysOn: gate.staysOn === true,
      journalWorks: record.works,
      calibrated: gallery.calibration !== undefined,
      extrapolated:
        gallery.calibration !== undefined &&
        restsOnExtrapolation(rules, gallery.snapshot.owners.length, gallery.calibration),
      rules,
      gallery: gallery.snapshot,
      galleryLoadedAt: loaded.at,
      pack: { ...pack, head: gallery.head ?? pack.head },
      published: features.fleet?.(),
      capacity,
      encoder: trust.encoder(now),
      padRequired:
        rules.identification === undefined ? undefined : padRequired(rules, 'identification', clock.wall()),
      visionFailing: trust.isFailing(now),
      asked,
      badgeAlone: asked?.badgeAlone === true,
      passes: features.documents !== undefined && rules.verification !== undefined,
      operator: access.mode,
      prompt,
      open: features.open ?? [],
      readers: readers.list(),
      faults: features.faults?.() ?? [],
    };
  };
  const publish = async (text: string) => {
    underWay = true;
    const result = await bus.publish(topics.state, text, { qos: 1, retain: true });
    underWay = false;
    if (result === 'sent') published = text;
  };
  const tellOnline = () => {
    const now = clock.monotonic();
    if (isOnlineTold || !bus.connected || (onlineAt !== undefined && now - onlineAt < RETRY_MS)) return;
    onlineAt = now;
    void bus.publish(topics.availability, ONLINE, { qos: 1, retain: true });
  };
  const refresh = () => {
    tellOnline();
    const state = stateOf(facts());
    const text = JSON.stringify(messageOf(dependencies.identity, state));
    const isNew = text !== told;
    told = text;
    if (isNew) dependencies.observer?.onState?.(state);
    if (underWay || !bus.connected) return;
    if (heard !== undefined && heard !== published) published = undefined;
    heard = undefined;
    if (text === published) return;
    const now = clock.monotonic();
    if (!isNew && triedAt !== undefined && now - triedAt < RETRY_MS) return;
    triedAt = now;
    void publish(text);
  };
  return {
    get camera() {
      return camera;
    },
    get mode() {
      return modeEnforced(facts());
    },
    cameraIs(status) {
      camera = status;
      if (status === 'restarting') trust.restarted(clock.monotonic());
      refresh();
    },
    selfTest(report) {
      trust.selfTest(report, clock.monotonic());
      refresh();
    },
    promptIs(next) {
      if (next === prompt) return;
      prompt = next;
      refresh();
    },
    refresh,
  };
}

/** Longer ones are none of ours. */
const textOf = (payload: Uint8Array): string =>
  payload.length > MAX_RECEIPTS ? '' : Buffer.from(payload).toString();

const messageOf = (
  { lane, device }: Pick<LaneIdentity, 'lane' | 'device'>,
  { galleryLoadedAt, gallery, pack, ...state }: LaneState,
) => ({
  v: 1,
  lane,
  device,
  mode: state.mode,
  gate: state.gate,
  gate_answers: state.gateAnswers,
  camera: state.camera,
  gallery: {
    version: gallery.version,
    people: gallery.people,
    templates: gallery.templates,
    max_templates: gallery.maxTemplates,
    loaded_at: new Date(galleryLoadedAt).toISOString(),
    published: gallery.published === undefined ? undefined : publishedOf(gallery.published),
  },
  pack: {
    name: pack.name,
    model: pack.digest,
    calibrated: pack.calibrated,
    extrapolated: pack.extrapolated === true ? true : undefined,
    liveness: pack.liveness === true,
    head: pack.head,
  },
  models: gallery.published?.models === undefined ? undefined : modelsOf(gallery.published.models),
  degraded: state.degraded,
  open: state.open,
  readers: state.readers.length === 0 ? undefined : state.readers.map(readerOf),
  operator: state.operator,
  prompt: state.prompt,
});

const readerOf = ({ reader, problem, since }: ReaderFault) => ({
  reader: reader ?? null,
  problem,
  since: new Date(since).toISOString(),
});

const modelsOf = ({ release, phase }: NonNullable<FleetStatus['models']>) => ({ release, rollout: phase });

const publishedOf = ({ serial, signedAt }: FleetStatus) => ({
  serial,
  signed_at: signedAt === undefined ? undefined : new Date(signedAt).toISOString(),
});
