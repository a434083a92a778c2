/** Can what a lane's vision process says be believed? Pure: time comes in as arguments. */
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import type { SelfTestReport } from '../../vision/ports/vision.js';

/** 'untested': no good canary came yet, or none for too long. 'unasked': nobody tests it. */
export type EncoderTrust = 'true' | 'untested' | 'untrue' | 'unasked';

export interface VisionTrust {
  selfTest(report: Pick<SelfTestReport, 'verdict'>, now: Monotonic): void;
  /** Its process died or was replaced. */
  restarted(now: Monotonic): void;
  encoder(now: Monotonic): EncoderTrust;
  /** It dies again and again. */
  isFailing(now: Monotonic): boolean;
}

/** Two songs and a half: one may be late on a busy machine. */
const SILENCE: Millis = millis(150_000);
/** A lane is back 3 s after a single death; a process that dies five times a minute is no accident. */
const MAX_RESTARTS = 5;
const ROW: Millis = millis(60_000);

/** @param asked whether the process is tested with drawn faces. */
export function createVisionTrust(asked: boolean): VisionTrust {
  let goodAt: Monotonic | undefined;
  let isUntrue = false;
  let deaths: readonly Monotonic[] = [];
  return {
    selfTest({ verdict }, now) {
      if (verdict === 'unsure') return;
      isUntrue = verdict === 'untrue';
      goodAt = isUntrue ? undefined : now;
    },
    restarted(now) {
      // An untrue one stays in the mind until its successor has proven better.
      goodAt = undefined;
      deaths = [...deaths, now].slice(-MAX_RESTARTS);
    },
    encoder(now) {
      if (!asked) return 'unasked';
      if (isUntrue) return 'untrue';
      return goodAt !== undefined && now - goodAt <= SILENCE ? 'true' : 'untested';
    },
    isFailing(now) {
      const [first] = deaths;
      const last = deaths.at(-1);
      if (deaths.length < MAX_RESTARTS || first === undefined || last === undefined) return false;
      return last - first <= ROW && now - last <= ROW;
    },
  };
}
