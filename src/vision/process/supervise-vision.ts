/** A lane's eye: a vision process that is watched from outside and replaced when it dies, hangs or talks nonsense. */

import type { Backoff } from '../../base/backoff.js';
import { delayAfter } from '../../base/backoff.js';
import type { Clock } from '../../base/clock.js';
import { compact } from '../../base/compact.js';
import { aborted, pause } from '../../base/delay.js';
import { type Millis, millis } from '../../base/units.js';
import {
  createSelfTestJudge,
  type SelfTestJudge,
  type SelfTestRules,
} from '../../biometrics/encoder-self-test.js';
import type { SnapshotSource, Vision, VisionReport, VisionSettings } from '../ports/vision.js';
import { secretsOf } from './camera-secrets.js';
import { keepOrder } from './report-order.js';
import { createSnapshotQuestions, type SnapshotQuestions } from './snapshots.js';
import { type Start, startChild } from './vision-child.js';
import type { Heard } from './vision-reports.js';
import { Watchdog, type WatchLimits } from './watchdog.js';

export interface Supervision extends Start {
  readonly setup: VisionSettings;
  readonly clock: Clock;
  /** Absent: what the process says of its drawn faces is not judged. */
  readonly selfTest?: SelfTestRules;
  readonly limits?: Partial<WatchLimits>;
}

const LIMITS: WatchLimits = { stalled: millis(2000), openingSilence: millis(10_000), silence: millis(5000) };
const TICK = millis(250);
/** The first restart comes at once; with these waits a lane sees again within 3 s of any single death. */
const BACKOFF: Backoff = { first: millis(250), factor: 2, longest: millis(2000) };
/** A process that saw for this long was well; its death is a new story, not one more of a row. */
const WELL: Millis = millis(10_000);

type ProcessLifetime =
  | { readonly end: 'stopped' | 'finished' }
  | { readonly end: 'died'; readonly cause: string; readonly well: boolean }
  | { readonly end: 'refused'; readonly reason: unknown };

/**
 * Reports of one process all come before the 'restarting' that tells of its end, and those of the next one after it.
 * `watch` resolves when the signal aborts (within 2 s) or a finite source has ended, and rejects only with what
 * `onReport` threw.
 */
export function superviseVision(options: Supervision): Vision & SnapshotSource {
  const questions = createSnapshotQuestions();
  return {
    snapshot: questions.snapshot,
    watch: async (onReport, signal) => {
      let failures = 0;
      // Kept across processes: a replaced one with the same weights has to give the same vectors.
      const judgeSelfTest =
        options.selfTest === undefined ? undefined : createSelfTestJudge(options.selfTest);
      while (!signal.aborted) {
        const life = await live({ ...options, judgeCanary: judgeSelfTest, questions }, onReport, signal);
        if (life.end === 'refused') throw life.reason;
        if (life.end !== 'died' || signal.aborted) return;
        if (life.well) failures = 0;
        onReport({ kind: 'restarting', cause: life.cause });
        await pause(delayAfter(failures, BACKOFF), signal);
        failures += 1;
      }
    },
  };
}

async function live(
  {
    setup,
    clock,
    limits,
    judgeCanary: judgeSelfTest,
    questions,
    ...start
  }: Supervision & {
    readonly judgeCanary: SelfTestJudge | undefined;
    readonly questions: SnapshotQuestions;
  },
  onReport: (report: VisionReport) => void,
  signal: AbortSignal,
): Promise<ProcessLifetime> {
  const watchdog = new Watchdog({ ...LIMITS, ...compact(limits ?? {}) }, TICK, clock.monotonic());
  const checkOrder = keepOrder(inClipTime(setup));
  const born = clock.monotonic();
  let sawFrame = false;
  let saidStalled = false;
  let complaint: string | undefined;
  let refusal: { readonly reason: unknown } | undefined;
  let finish = (): void => {};
  const finished = new Promise<'finished'>((resolve) => {
    finish = () => resolve('finished');
  });

  const report = (what: VisionReport): void => {
    try {
      onReport(what);
    } catch (reason) {
      // Kept apart from the process's own faults: no restart would mend the listener.
      refusal ??= { reason };
      child.kill('nobody listens');
    }
  };

  const hear = (heard: Heard): void => {
    watchdog.heardAnything();
    switch (heard.kind) {
      case 'heartbeat':
        return;
      case 'photo':
      case 'pass':
        child.kill('it answered a photograph that nobody gave it');
        return;
      case 'snapshot': {
        const { id, bytes, width, height } = heard;
        if (questions.answered(id, { kind: 'picture', bytes, width, height })) return;
        child.kill('it handed out a picture that nobody asked for');
        return;
      }
      case 'failed':
        complaint = heard.hint === undefined ? heard.message : `${heard.message} ${heard.hint}`;
        return;
      case 'frame': {
        const now = clock.monotonic();
        checkOrder(heard, now);
        sawFrame = true;
        watchdog.heardFrame();
        if (saidStalled) report({ kind: 'camera', status: 'live', at: now });
        saidStalled = false;
        report(heard);
        return;
      }
      case 'camera':
        saidStalled = false;
        watchdog.heardCamera(heard.status === 'live');
        report(heard);
        return;
      case 'ready':
        report(heard);
        return;
      case 'canary': {
        if (judgeSelfTest === undefined) return;
        const verdict = judgeSelfTest(heard);
        report({ kind: 'canary', ...verdict });
        if (verdict.verdict === 'untrue') child.kill('its encoder does not give what it gave before');
        return;
      }
      case 'end':
        report(heard);
        finish();
        return;
    }
  };

  const child = startChild({ ...start, secrets: secretsOf(setup.source) }, hear);
  child.send({ kind: 'watch', settings: setup });
  questions.ask((request) => child.send(request));
  const timer = setInterval(() => {
    const now = clock.monotonic();
    const alarm = watchdog.check(now);
    if (alarm === 'silent') child.kill('it was silent for too long');
    if (alarm !== 'stalled') return;
    saidStalled = true;
    report({ kind: 'camera', status: 'stalled', at: now, detail: 'No picture came from a live camera.' });
  }, TICK);

  try {
    const end = await Promise.race([aborted(signal).then(() => 'stopped' as const), finished, child.gone]);
    if (refusal !== undefined) return { end: 'refused', reason: refusal.reason };
    if (end === 'stopped' || end === 'finished') return { end };
    const well = sawFrame && clock.monotonic() - born >= WELL;
    return { end: 'died', cause: complaint ?? end, well };
  } finally {
    clearInterval(timer);
    questions.lost();
    await child.stop();
  }
}

/** A fast film has its own time; everything else is stamped by the machine's clock. */
const inClipTime = ({ source }: VisionSettings): boolean =>
  (source.kind === 'file' || source.kind === 'folder') && source.pace === 'fast';
