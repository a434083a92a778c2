/** Checks the reports of one vision process, their order and times too, and forwards them to the lane. */
import type { Clock } from '../../base/clock.js';
import { compact } from '../../base/compact.js';
import { TwinstileError } from '../../base/errors.js';
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import type { SelfTestJudge } from '../../biometrics/encoder-self-test.js';
import { silenceWhileOpening } from '../camera/camera-patience.js';
import type { FrameReport, VisionReport, VisionSettings } from '../ports/vision.js';
import type { ProcessReport } from './vision-reports.js';
import { type Alarm, Watchdog, type WatchdogLimits } from './watchdog.js';

export interface ReceiverOptions {
  readonly setup: VisionSettings;
  readonly clock: Clock;
  readonly limits?: Partial<WatchdogLimits>;
  /** ms since its last call in which the process got no processor. Absent: not known. */
  readonly starvedSince?: () => number;
  /** How often `tick` is called. */
  readonly tickEvery: Millis;
  /** Absent: the vectors of the self-test are not compared. */
  readonly judgeSelfTest?: SelfTestJudge;
  readonly onReport: (report: VisionReport) => void;
  readonly kill: (cause: string) => void;
}

/** Networks load within a few seconds; from a worn flash card it takes longer. */
const LIMITS: Omit<WatchdogLimits, 'openingSilence'> = {
  stalled: millis(2000),
  loadingSilence: millis(30_000),
  silence: millis(5000),
};

export class ReportReceiver {
  readonly #options: ReceiverOptions;
  readonly #watchdog: Watchdog;
  readonly #checkOrder: ReturnType<typeof keepOrder>;
  /** Resolves when a finite source has ended. */
  readonly finished: Promise<'finished'>;
  #finish = (): void => {};
  #sawFrame = false;
  #reportedStalled = false;
  #diedOpening = false;
  #refusal: { readonly reason: unknown } | undefined;

  constructor(options: ReceiverOptions) {
    const { setup, clock, limits, tickEvery, starvedSince } = options;
    this.#options = options;
    const opening = { openingSilence: silenceWhileOpening(setup.source).limit };
    this.#watchdog = new Watchdog(
      { ...LIMITS, ...opening, ...compact(limits ?? {}) },
      tickEvery,
      clock.monotonic(),
      starvedSince,
    );
    this.#checkOrder = keepOrder(inClipTime(setup));
    this.finished = new Promise((resolve) => {
      this.#finish = () => resolve('finished');
    });
  }

  get sawFrame(): boolean {
    return this.#sawFrame;
  }

  /** Whether it was ended because the camera took too long to its first picture. */
  get diedOpening(): boolean {
    return this.#diedOpening;
  }

  /** What `onReport` threw. */
  get refusal(): { readonly reason: unknown } | undefined {
    return this.#refusal;
  }

  /** @throws TwinstileError 'vision-protocol' for a frame out of order. */
  receive(report: ProcessReport): void {
    this.#watchdog.onMessage();
    switch (report.kind) {
      case 'frame':
        this.#receiveFrame(report);
        break;
      case 'camera':
        this.#reportedStalled = false;
        this.#watchdog.onCamera(report.status === 'live');
        this.#forward(report);
        break;
      case 'canary':
        this.#receiveSelfTest(report);
        break;
      case 'ready':
        this.#watchdog.onReady();
        this.#forward(report);
        break;
      case 'end':
        this.#forward(report);
        this.#finish();
        break;
    }
  }

  /** To be called every `tickEvery`. */
  tick(): void {
    const { clock, kill, setup } = this.#options;
    const now = clock.monotonic();
    const alarm = this.#watchdog.check(now);
    if (alarm?.kind === 'silent') {
      this.#diedOpening = alarm.phase === 'opening';
      kill(causeOfSilence(alarm, setup.source));
    }
    if (alarm?.kind !== 'stalled') return;
    this.#reportedStalled = true;
    const detail = 'No picture came from a live camera.';
    this.#forward({ kind: 'camera', status: 'stalled', at: now, detail });
  }

  #receiveFrame(frame: Extract<ProcessReport, { readonly kind: 'frame' }>): void {
    const now = this.#options.clock.monotonic();
    this.#checkOrder(frame, now);
    this.#sawFrame = true;
    this.#watchdog.onFrame();
    if (this.#reportedStalled) this.#forward({ kind: 'camera', status: 'live', at: now });
    this.#reportedStalled = false;
    this.#forward(frame);
  }

  #receiveSelfTest(vectors: Extract<ProcessReport, { readonly kind: 'canary' }>): void {
    const { judgeSelfTest, kill } = this.#options;
    if (judgeSelfTest === undefined) return;
    const verdict = judgeSelfTest(vectors);
    this.#forward({ kind: 'canary', ...verdict });
    if (verdict.verdict === 'untrue') kill('its encoder does not give what it gave before');
  }

  #forward(report: VisionReport): void {
    try {
      this.#options.onReport(report);
    } catch (reason) {
      // Kept apart from the process's own faults: no restart would mend the receiver.
      this.#refusal ??= { reason };
      this.#options.kill('its reports were refused');
    }
  }
}

/** What a process is ended for, with its limit. */
function causeOfSilence(
  { phase, limit, starved }: Extract<Alarm, { readonly kind: 'silent' }>,
  source: VisionSettings['source'],
): string {
  const { name } = silenceWhileOpening(source);
  const when = {
    loading: 'while it loaded its networks',
    opening: `before the first picture of the ${name}`,
    live: `while the ${name} gave pictures`,
  }[phase];
  const busy =
    starved < 1000 ? '' : `, without ${seconds(starved)} in which the busy machine gave it no processor`;
  return `it was silent for ${seconds(limit)} ${when}${busy}`;
}

const seconds = (span: Millis): string => `${Math.round(span / 100) / 10} s`;

/** A fast film has its own time; everything else is stamped by the machine's clock. */
const inClipTime = ({ source }: VisionSettings): boolean =>
  (source.kind === 'file' || source.kind === 'folder') && source.pace === 'fast';

/** A picture cannot be taken after it was reported; this much is left for rounding between two readings of one clock. */
const AHEAD_MS = 50;

/**
 * Checks each frame of one process against the ones before it.
 * @param clipTime when frames carry the time in a clip, which has nothing to do with the clock.
 * @returns a check that throws TwinstileError 'vision-protocol' when a number repeats or falls, when the time falls,
 * or when it is in the future.
 */
export function keepOrder(clipTime: boolean): (frame: FrameReport, now: Monotonic) => void {
  let seq = -1;
  let at = -1;
  return (frame, now) => {
    if (!(frame.seq > seq)) throw outOfOrder(`a frame number above ${seq}`, frame.seq);
    if (!(frame.at >= at)) throw outOfOrder(`a frame's time of ${at} or later`, frame.at);
    if (!clipTime && !(frame.at <= now + AHEAD_MS)) throw outOfOrder(`a frame's time up to ${now}`, frame.at);
    seq = frame.seq;
    at = frame.at;
  };
}

const outOfOrder = (expected: string, got: number): TwinstileError =>
  new TwinstileError({
    code: 'vision-protocol',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Look into the log for what the vision process wrote before; it is replaced.',
  });
