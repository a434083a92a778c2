/**
 * Gives clients of core's socket live pictures of the lanes, each with the numbers of its frame. A client asks for each
 * picture: while none asks, none is encoded. Every viewing is written down before its first picture.
 */
import { BoundedMap } from '../../base/bounded-map.js';
import type { Clock } from '../../base/clock.js';
import { pause } from '../../base/delay.js';
import { type LaneId, laneId } from '../../base/ids.js';
import { type FrameSeq, type Monotonic, millis } from '../../base/units.js';
import type { Act, Actor } from '../../records/journal/act.js';
import type { FrameReport, Snapshot, SnapshotSource } from '../../vision/ports/vision.js';
import type { LaneWatches } from './lane-watches.js';

export type LiveViewRule = 'off' | 'zone' | 'allowed';

export type LivePicture =
  | {
      readonly kind: 'picture';
      /** JPEG, within LIVE_PICTURE. */
      readonly bytes: Uint8Array;
      readonly width: number;
      readonly height: number;
      /** Report of the frame that the picture shows. */
      readonly frame: FrameReport;
      /** From taking the picture until now, in ms. */
      readonly age: number;
    }
  | {
      readonly kind: 'none';
      readonly reason:
        | 'live-view-off'
        | 'unknown-lane'
        | 'too-many-viewers'
        | 'journal-failed'
        | Extract<Snapshot, { kind: 'none' }>['reason'];
    };

type Camera = Pick<SnapshotSource, 'snapshot'>;

export interface LiveViewDependencies {
  readonly rule: LiveViewRule;
  readonly watches: LaneWatches;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Durable when it resolves. */
  readonly record: (actor: Actor, act: Act) => Promise<unknown>;
  readonly onFault: (error: unknown) => void;
}

export interface LiveViews {
  /** Makes the camera of a lane known. */
  add(lane: LaneId, camera: Camera): void;
  /** The next picture, at most ten a second and lane: requests made meanwhile get the same one. */
  picture(lane: string, viewer: Actor): Promise<LivePicture>;
  isWatched(lane: LaneId): boolean;
  /** Writes down viewings that have ended; call it every few seconds. */
  tick(): Promise<void>;
}

const MIN_INTERVAL_MS = 100;
/** A viewing has ended when no picture was asked for so long. */
const IDLE_MS = 10_000;
/** Lanes times screens; names of viewers are claims, so they are bounded. */
const MAX_VIEWINGS = 64;
/** Frames whose numbers are kept until their picture comes: half a second. */
const MAX_FRAMES = 16;

interface Viewing {
  readonly lane: LaneId;
  readonly viewer: Actor;
  readonly begun: Promise<boolean>;
  readonly since: Monotonic;
  last: Monotonic;
  pictures: number;
}

export function createLiveViews(dependencies: LiveViewDependencies): LiveViews {
  return new SiteLiveViews(dependencies);
}

class SiteLiveViews implements LiveViews {
  readonly #dependencies: LiveViewDependencies;
  readonly #cameras = new Map<LaneId, LaneCamera>();
  readonly #viewings = new Map<string, Viewing>();

  constructor(dependencies: LiveViewDependencies) {
    this.#dependencies = dependencies;
  }

  add(lane: LaneId, camera: Camera): void {
    this.#cameras.set(lane, new LaneCamera(lane, camera, this.#dependencies));
  }

  async picture(lane: string, viewer: Actor): Promise<LivePicture> {
    const { rule, clock } = this.#dependencies;
    const camera = this.#cameras.get(laneId(lane));
    if (camera === undefined) return { kind: 'none', reason: 'unknown-lane' };
    if (rule === 'off') return { kind: 'none', reason: 'live-view-off' };
    const viewing = this.#viewing(camera.lane, viewer);
    if (viewing === undefined) return { kind: 'none', reason: 'too-many-viewers' };
    if (!(await viewing.begun)) return { kind: 'none', reason: 'journal-failed' };
    const picture = await camera.next(rule);
    viewing.last = clock.monotonic();
    if (picture.kind === 'picture') viewing.pictures += 1;
    return picture;
  }

  isWatched(lane: LaneId): boolean {
    return [...this.#viewings.values()].some((one) => one.lane === lane);
  }

  async tick(): Promise<void> {
    const { clock, record, onFault } = this.#dependencies;
    const now = clock.monotonic();
    for (const [key, { lane, viewer, last, since, pictures }] of this.#viewings) {
      if (now - last < IDLE_MS) continue;
      this.#viewings.delete(key);
      const seconds = Math.round((last - since) / 1000);
      await record(viewer, { act: 'live-view-ended', lane, pictures, seconds }).catch(onFault);
    }
    for (const camera of this.#cameras.values()) if (!this.isWatched(camera.lane)) camera.rest();
  }

  #viewing(lane: LaneId, viewer: Actor): Viewing | undefined {
    const { clock, record, onFault } = this.#dependencies;
    const key = `${lane} ${viewer.by}`;
    const known = this.#viewings.get(key);
    if (known !== undefined) return known;
    if (this.#viewings.size >= MAX_VIEWINGS) return undefined;
    const now = clock.monotonic();
    const begun = record(viewer, { act: 'live-view-begun', lane }).then(
      () => true,
      (error: unknown) => {
        // The next request tries again.
        this.#viewings.delete(key);
        onFault(error);
        return false;
      },
    );
    const viewing: Viewing = { lane, viewer, begun, since: now, last: now, pictures: 0 };
    this.#viewings.set(key, viewing);
    return viewing;
  }
}

/** Pairs the pictures of one lane with the reports of their frames. */
class LaneCamera {
  readonly lane: LaneId;
  readonly #camera: Camera;
  readonly #dependencies: LiveViewDependencies;
  readonly #frames = new BoundedMap<FrameSeq, FrameReport>(MAX_FRAMES);
  #unlisten: (() => void) | undefined;
  #pending: Promise<LivePicture> | undefined;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(lane: LaneId, camera: Camera, dependencies: LiveViewDependencies) {
    this.lane = lane;
    this.#camera = camera;
    this.#dependencies = dependencies;
  }

  next(rule: 'zone' | 'allowed'): Promise<LivePicture> {
    this.#pending ??= this.#take(rule).finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  /** Stops keeping the reports of frames. */
  rest(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
    this.#frames.clear();
  }

  async #take(rule: 'zone' | 'allowed'): Promise<LivePicture> {
    const { clock } = this.#dependencies;
    this.#listen();
    const wait = this.#lastAt + MIN_INTERVAL_MS - clock.monotonic();
    if (wait > 0) await pause(millis(wait));
    const snapshot = await this.#camera.snapshot(rule === 'zone' ? 'live-zone' : 'live');
    const now = clock.monotonic();
    this.#lastAt = now;
    if (snapshot.kind === 'none') return snapshot;
    const frame = snapshot.seq === undefined ? undefined : this.#frames.get(snapshot.seq);
    // A process that was replaced counts from 0 again.
    if (frame === undefined) return { kind: 'none', reason: 'vision-restarting' };
    const { bytes, width, height } = snapshot;
    return { kind: 'picture', bytes, width, height, frame, age: Math.max(0, now - frame.at) };
  }

  #listen(): void {
    this.#unlisten ??= this.#dependencies.watches.of(this.lane).listen((report) => {
      if (report.kind === 'restarting') this.#frames.clear();
      if (report.kind !== 'frame') return;
      this.#frames.set(report.seq, report);
    });
  }
}
