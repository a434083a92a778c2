/** Takes the looks of one enrollment from the reports of a vision process, whichever camera it watches. */
import { TwinstileError } from '../../base/errors.js';
import { type Millis, millis } from '../../base/units.js';
import type { CameraStatus, VisionReport } from '../../vision/ports/vision.js';
import {
  type Guidance,
  type GuidedLooks,
  guidedBy,
  isComplete,
  type Look,
  type LookRules,
  noLooks,
} from './guided-looks.js';

/** What a screen shows while looks are taken. */
export interface CaptureProgress {
  readonly guidance: Guidance;
  /** Taken so far. */
  readonly looks: number;
  readonly needed: number;
}

export interface LookCapture {
  /** Takes the next report; does nothing once the capture is over. */
  see(report: VisionReport): void;
  /**
   * Resolves with all looks that are needed.
   * Rejects with TwinstileError 'enrolment-refused' after the time limit or at the end of the recording, 'stopped' when
   * the signal aborts.
   */
  readonly looks: Promise<readonly Look[]>;
}

interface CaptureOptions {
  readonly rules: LookRules;
  /** Called with each change. */
  readonly onProgress: (progress: CaptureProgress) => void;
  /** Longest time for all looks; 90 s when absent. */
  readonly limit?: Millis;
}

const LIMIT = millis(90_000);
/** A recording that ends is reported by itself. */
const BLIND: readonly CameraStatus[] = ['opening', 'stalled', 'frozen', 'unplugged', 'resolution-changed'];

export function captureLooks(
  { rules, onProgress, limit = LIMIT }: CaptureOptions,
  signal: AbortSignal,
): LookCapture {
  let state = noLooks('wait-for-camera');
  let isOver = false;
  let settle: {
    readonly resolve: (looks: readonly Look[]) => void;
    readonly reject: (error: unknown) => void;
  };
  const looks = new Promise<readonly Look[]>((resolve, reject) => {
    settle = { resolve, reject };
  });
  // The caller may still be busy with what comes before.
  looks.catch(() => {});
  const end = (by: () => void): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    by();
  };
  const refuse = (when: string): void => end(() => settle.reject(missing(when, state, rules)));
  const onAbort = (): void => end(() => settle.reject(stopped()));
  const timer = setTimeout(() => refuse(`within ${limit / 1000} s`), limit);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const become = (next: GuidedLooks): void => {
    const isNews = next.guidance !== state.guidance || next.looks.length !== state.looks.length;
    state = next;
    if (isNews) onProgress({ guidance: next.guidance, looks: next.looks.length, needed: rules.needed });
    if (isComplete(next)) end(() => settle.resolve(next.looks));
  };
  return {
    looks,
    see(report) {
      if (isOver) return;
      if (report.kind === 'frame') become(guidedBy(state, report, rules));
      // What was taken before is of a camera that may have been moved since.
      else if (report.kind === 'restarting' || (report.kind === 'camera' && BLIND.includes(report.status)))
        become(noLooks('wait-for-camera'));
      else if (report.kind === 'end') refuse('before the recording ended');
    },
  };
}

/** What each guidance asks for, as a sentence for the person before the camera. */
export const GUIDANCE_SENTENCES: Readonly<Record<Guidance, string>> = {
  'wait-for-camera': 'Wait for the camera.',
  'step-into-view': 'Step in front of the camera.',
  'one-at-a-time': 'One person at a time, please.',
  'come-closer': 'Come closer.',
  'face-camera': 'Look into the camera.',
  'head-upright': 'Hold your head upright.',
  'hold-still': 'Hold still, and look into the camera.',
  'more-light': 'More light on the face is needed.',
  'less-light': 'There is too much light on the face.',
  'move-to-middle': 'Move to the middle of the picture.',
  'uncover-or-badge':
    'Your face is covered: show all of it, or, where it stays covered, ask for a badge that suffices by itself.',
  'living-face': 'A living face is needed, and no picture of one.',
  'turn-left': 'Turn your head a little to your left.',
  'turn-right': 'Turn your head a little to your right.',
  done: 'That is all, thank you.',
};

const missing = (when: string, { looks, guidance }: GuidedLooks, { needed }: LookRules): TwinstileError =>
  new TwinstileError({
    code: 'enrolment-refused',
    message: `Expected ${needed} good looks of one person ${when}, got ${looks.length}. In the way at last: ${guidance}.`,
    hint: `${GUIDANCE_SENTENCES[guidance]} Then run the same command again.`,
  });

const stopped = (): TwinstileError =>
  new TwinstileError({ code: 'stopped', message: 'The looks were not taken: stopped on request.' });
