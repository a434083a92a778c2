/** Publishes the lane's state at each change, and derives from it what may be decided on. */

import { type Capacity, capacityOf, restsOnExtrapolation } from '../access/fmr-bound.js';
import { padRequired } from '../access/pad-policy.js';
import type { Monotonic, WallTime } from '../base/units.js';
import type { GateClient } from '../gate/gate-client.js';
import type { FrameReport, SelfTestReport } from '../vision/ports/vision.js';
import type { Prompt } from '../vision/tracking/pad-evidence.js';
import type { LaneGallery } from './decision/lane-gallery.js';
import { promiseOf } from './decision/promise.js';
import type { LaneMode } from './health/degraded-modes.js';
import { createGateLightWatch } from './health/gate-light.js';
import {
  type GalleryInput,
  type LanePromise,
  type LaneStateInput,
  type LinkInput,
  modeEnforced,
  type PolicyInput,
  stateOf,
  type VisionInput,
} from './health/lane-state.js';
import type { ReaderFaults } from './health/reader-faults.js';
import { stateMessage } from './health/state-message.js';
import { createVisionTrust } from './health/vision-trust.js';
import type { LaneAccess } from './lane-access.js';
import type { LaneDependencies, LaneFeatures } from './lane-dependencies.js';
import type { LaneRecord } from './lane-journal.js';
import { RetainedState } from './retained-state.js';

export interface StatePublisherDependencies {
  readonly gate: GateClient;
  readonly record: LaneRecord;
  readonly access: LaneAccess;
  readonly readers: Pick<ReaderFaults, 'list'>;
}

interface LoadedGallery {
  readonly gallery: LaneGallery;
  readonly at: WallTime;
  readonly capacity: Capacity | undefined;
  readonly promise: LanePromise | undefined;
}

export class StatePublisher {
  readonly #lane: LaneDependencies;
  readonly #features: LaneFeatures;
  readonly #sources: StatePublisherDependencies;
  readonly #retained: RetainedState;
  readonly #trust;
  readonly #light = createGateLightWatch();
  #camera: LaneStateInput['camera'] = 'opening';
  #prompt: Prompt | undefined;
  #loaded: LoadedGallery | undefined;
  /** The last state that was reported. */
  #reported: string | undefined;

  constructor(lane: LaneDependencies, sources: StatePublisherDependencies) {
    this.#lane = lane;
    this.#features = lane.features ?? {};
    this.#sources = sources;
    this.#trust = createVisionTrust(this.#features.selfTest === true);
    this.#retained = new RetainedState(lane.ports.bus, lane.identity.topics, lane.ports.clock);
  }

  get camera(): LaneStateInput['camera'] {
    return this.#camera;
  }

  /** What may be decided on right now. */
  get mode(): LaneMode {
    return modeEnforced(this.#input());
  }

  /** The vision process reported its camera, or is being replaced. */
  cameraIs(status: LaneStateInput['camera']): void {
    this.#camera = status;
    if (status === 'restarting') this.#trust.restarted(this.#lane.ports.clock.monotonic());
    this.refresh();
  }

  /** What a frame shows of the light at the gate. It is published with the next state. */
  see(frame: FrameReport): void {
    this.#light.see(frame);
  }

  /** The result of an encoder self-test. */
  selfTest(report: SelfTestReport): void {
    this.#trust.selfTest(report, this.#lane.ports.clock.monotonic());
    this.refresh();
  }

  /** What a display asks of the person at the gate. */
  promptIs(next: Prompt | undefined): void {
    if (next === this.#prompt) return;
    this.#prompt = next;
    this.refresh();
  }

  /** Call a few times a second: gate, broker and gallery change by themselves. */
  refresh(): void {
    this.#retained.keepOnline();
    const state = stateOf(this.#input());
    const message = stateMessage(this.#lane.identity, state);
    const text = JSON.stringify(message);
    const isNew = text !== this.#reported;
    this.#reported = text;
    if (isNew) this.#lane.observer?.onState?.(state, message);
    this.#retained.keep(text, isNew);
  }

  #input(): LaneStateInput {
    const gallery = this.#galleryInput();
    const now = this.#lane.ports.clock.monotonic();
    return {
      ...this.#linkInput(),
      ...this.#visionInput(now),
      ...gallery,
      ...this.#policyInput(),
      readers: this.#sources.readers.list(),
      faults: this.#features.faults?.() ?? [],
    };
  }

  #linkInput(): LinkInput {
    const { gate, record } = this.#sources;
    return {
      brokerConnected: this.#lane.ports.bus.connected,
      gateAlive: gate.alive,
      gateAnswers: gate.answers,
      relayStaysOn: gate.staysOn === true,
      journalWorks: record.works,
    };
  }

  #visionInput(now: Monotonic): VisionInput {
    return {
      camera: this.#camera,
      encoder: this.#trust.encoder(now),
      visionFailing: this.#trust.isFailing(now),
      prompt: this.#prompt,
      light: this.#light.at(now),
      watched: this.#lane.ports.vision.isWatched?.(),
    };
  }

  #galleryInput(): GalleryInput {
    const { rules, identity } = this.#lane;
    const { gallery, at, capacity, promise } = this.#loadedGallery();
    const { calibration, snapshot } = gallery;
    return {
      gallery: snapshot,
      galleryLoadedAt: at,
      calibrated: calibration !== undefined,
      extrapolated:
        calibration !== undefined && restsOnExtrapolation(rules, snapshot.owners.length, calibration),
      promise,
      pack: { ...identity.pack, head: gallery.head ?? identity.pack.head },
      published: this.#features.fleet?.(),
      capacity,
    };
  }

  /** What depends on a gallery alone is computed once, when it is first used. */
  #loadedGallery(): LoadedGallery {
    const gallery = this.#lane.gallery();
    if (this.#loaded?.gallery === gallery) return this.#loaded;
    const { identification } = this.#lane.rules;
    const { calibration } = gallery;
    const capacity =
      identification === undefined || calibration === undefined
        ? undefined
        : capacityOf(identification.maxFpir, calibration);
    const promise = promiseOf(gallery, this.#lane.rules);
    this.#loaded = { gallery, at: this.#lane.ports.clock.wall(), capacity, promise };
    return this.#loaded;
  }

  #policyInput(): PolicyInput {
    const { rules } = this.#lane;
    const { access } = this.#sources;
    const wall = this.#lane.ports.clock.wall();
    const asked = access.asked({ wall });
    return {
      rules,
      padRequired:
        rules.identification === undefined ? undefined : padRequired(rules, 'identification', wall),
      asked,
      badgeAlone: asked?.badgeAlone === true,
      passes: this.#features.documents !== undefined && rules.verification !== undefined,
      operator: access.mode,
      open: this.#features.open ?? [],
    };
  }
}
