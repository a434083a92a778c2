/**
 * Keeps a camera alive: opens it, watches it, and opens it again when it breaks, without ever throwing for it.
 *
 * No timers inside: the caller asks for the next step and waits as long as the step asks.
 */

import type { Clock } from '../../base/clock.js';
import { type Backoff, delayAfter } from '../../base/delay.js';
import { explain } from '../../base/errors.js';
import { type Millis, type Monotonic, millis, monotonic } from '../../base/units.js';
import type { Size } from '../geometry.js';
import type { Camera, CameraSource, Grab, OpenCamera, OpeningPatience } from '../ports/camera.js';
import type { Picture } from '../ports/picture.js';
import type { CameraStatus } from '../ports/vision.js';
import { firstPatience, nextPatience } from './camera-patience.js';
import { type CameraRules, createStatusReporter, rulesFor, type StatusReporter } from './camera-rules.js';
import { createFreezeDetector, type FreezeDetector } from './freeze-detector.js';

export type CameraStep =
  | { readonly kind: 'frame'; readonly picture: Picture; readonly at: Monotonic; readonly skipped: number }
  /** Ask again after `wait` ms. */
  | { readonly kind: 'wait'; readonly wait: Millis }
  /** A finite source is over. */
  | { readonly kind: 'end' };

export interface CameraSupervisor {
  /** May block inside `Camera.grab` or `OpenCamera`. The caller releases the picture. */
  next(): CameraStep;
  close(): void;
}

interface CameraLimits {
  /** No frame for this long: stalled. */
  readonly stalledAfter: Millis;
  /** The same picture for this long: frozen. */
  readonly frozenAfter: Millis;
  /** A frozen camera is opened again at most this often: it may be a scene in which truly nothing moves. */
  readonly thawEvery: Millis;
  readonly retry: Backoff;
}

/** With attempts at most half a second apart, a camera is back within 3 s of its return even if opening takes 2. */
const CAMERA_LIMITS: CameraLimits = {
  stalledAfter: millis(2000),
  frozenAfter: millis(2000),
  thawEvery: millis(10_000),
  retry: { first: millis(100), factor: 2, longest: millis(500) },
};

interface Settings {
  readonly open: OpenCamera;
  readonly source: CameraSource;
  readonly clock: Clock;
  /** Called once per change. */
  readonly onStatus: (status: CameraStatus, detail?: string) => void;
  readonly limits?: CameraLimits;
}

export function createCameraSupervisor(settings: Settings): CameraSupervisor {
  return new SupervisedCamera(settings);
}

/** A picture that shows nothing new: look again soon, as the camera's own pace is not known here. */
const RECHECK_DELAY = millis(5);

class SupervisedCamera implements CameraSupervisor {
  readonly #settings: Settings;
  readonly #limits: CameraLimits;
  readonly #rules: CameraRules;
  readonly #say: StatusReporter;
  readonly #freezeDetector: FreezeDetector;
  /** Grows with a camera that takes longer to its first picture, and stays. */
  #patience: OpeningPatience;
  #hasShown = false;
  #openedAt = monotonic(0);
  #camera: Camera | undefined;
  #isOver = false;
  #failures = 0;
  #retryAt = monotonic(0);
  /** When the last frame came, or else the camera was opened. */
  #heardAt = monotonic(0);
  #size: Size | undefined;

  constructor(settings: Settings) {
    const { source, onStatus, limits = CAMERA_LIMITS } = settings;
    this.#settings = settings;
    this.#limits = limits;
    this.#rules = rulesFor(source);
    this.#say = createStatusReporter(onStatus);
    this.#freezeDetector = createFreezeDetector(limits);
    this.#patience = firstPatience(source);
  }

  next(): CameraStep {
    if (this.#isOver) return { kind: 'end' };
    if (this.#camera === undefined) return this.#open();
    const grab = this.#grab(this.#camera);
    switch (grab.kind) {
      case 'frame':
        return this.#take(grab);
      case 'wait':
        return this.#wait(millis(grab.wait));
      case 'lost':
        return this.#lose(this.#isSilent() ? 'stalled' : 'unplugged', grab.detail);
      case 'end':
        return this.#end(grab.detail);
    }
  }

  close(): void {
    this.#isOver = true;
    this.#drop();
  }

  #open(): CameraStep {
    const { open, source, clock } = this.#settings;
    const early = this.#retryAt - clock.monotonic();
    if (this.#failures > 0 && early > 0) return { kind: 'wait', wait: millis(early) };
    this.#say.first('opening');
    this.#hasShown = false;
    this.#openedAt = clock.monotonic();
    try {
      this.#camera = open(source, this.#patience);
    } catch (error) {
      // A camera that cannot be opened now is what this file is for.
      return this.#lose('unplugged', explain(error));
    }
    this.#heardAt = clock.monotonic();
    return { kind: 'wait', wait: millis(0) };
  }

  #grab(camera: Camera): Grab {
    try {
      return camera.grab();
    } catch (error) {
      // A camera that throws is as lost as one that reports it.
      return { kind: 'lost', detail: explain(error) };
    }
  }

  #take({ picture, at, skipped, detail, aligned }: Grab & { kind: 'frame' }): CameraStep {
    // Nothing behind this looks at it yet, and native memory is not left to the collector.
    aligned?.picture.release();
    const now = this.#settings.clock.monotonic();
    this.#heardAt = now;
    this.#hasShown = true;
    if (this.#rules.moves) {
      const movement = this.#freezeDetector.check(picture, now);
      if (movement !== 'moving') {
        picture.release();
        return movement === 'standing' ? { kind: 'wait', wait: RECHECK_DELAY } : this.#thaw(movement);
      }
    }
    this.#failures = 0;
    this.#compareSize(picture);
    this.#say.change('live', detail);
    return { kind: 'frame', picture, at, skipped: skipped + this.#freezeDetector.passedOver() };
  }

  #thaw(movement: 'frozen' | 'frozen-long'): CameraStep {
    this.#say.change('frozen', `The camera has shown the same picture for ${this.#limits.frozenAfter} ms.`);
    if (movement === 'frozen' || !this.#rules.reopens) return { kind: 'wait', wait: RECHECK_DELAY };
    // The frozen picture is still remembered, so that it does not pass for a new one when it comes back.
    return this.#retryLater();
  }

  #wait(wait: Millis): CameraStep {
    if (!this.#rules.moves || !this.#isSilent()) return { kind: 'wait', wait };
    const detail = this.#hasShown
      ? `No picture came for ${this.#limits.stalledAfter} ms.`
      : `No first picture came within ${this.#patience.picture / 1000} s.`;
    if (this.#rules.reopens) return this.#lose('stalled', detail);
    this.#say.change('stalled', detail);
    return { kind: 'wait', wait };
  }

  /** A live camera has no end: its stream was closed and may be opened again. */
  #end(detail: string | undefined): CameraStep {
    if (this.#rules.reopens) return this.#lose('ended', 'The stream was closed at its other end.');
    this.close();
    this.#say.change('ended', detail);
    return { kind: 'end' };
  }

  #lose(status: CameraStatus, detail: string): CameraStep {
    this.#freezeDetector.reset();
    if (!this.#hasShown) this.#learnPatience();
    this.#say.change(status, detail);
    return this.#retryLater();
  }

  #learnPatience(): void {
    const { clock, source } = this.#settings;
    const took = millis(clock.monotonic() - this.#openedAt);
    this.#patience = nextPatience(this.#patience, took, source);
  }

  #retryLater(): CameraStep {
    this.#drop();
    this.#failures += 1;
    const wait = delayAfter(this.#failures, this.#limits.retry);
    this.#retryAt = monotonic(this.#settings.clock.monotonic() + wait);
    return { kind: 'wait', wait };
  }

  #drop(): void {
    const camera = this.#camera;
    this.#camera = undefined;
    try {
      camera?.close();
    } catch {
      // It is given up either way; what is wrong with it shows when it is opened again.
    }
  }

  #isSilent(): boolean {
    const limit = this.#hasShown ? this.#limits.stalledAfter : this.#patience.picture;
    return this.#settings.clock.monotonic() - this.#heardAt >= limit;
  }

  #compareSize({ width, height }: Size): void {
    const before = this.#size;
    this.#size = { width, height };
    if (!this.#rules.oneSize || before === undefined) return;
    if (before.width === width && before.height === height) return;
    this.#say.change('resolution-changed', `${before.width}x${before.height} -> ${width}x${height}`);
  }
}
