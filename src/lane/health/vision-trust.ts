/** Tracks whether the reports of a vision process can be trusted. Pure: time comes in as arguments. */
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import type { SelfTestReport } from '../../vision/ports/vision.js';

/** 'untested': no self-test has passed yet, or none for too long. 'unasked': it is not tested. */
export type EncoderTrust = 'true' | 'untested' | 'untrue' | 'unasked';

export interface VisionTrust {
  selfTest(report: Pick<SelfTestReport, 'verdict'>, now: Monotonic): void;
  /** Its process died or was replaced. */
  restarted(now: Monotonic): void;
  encoder(now: Monotonic): EncoderTrust;
  /** It dies again and again. */
  isFailing(now: Monotonic): boolean;
}

/** Two and a half self-tests: one may be late on a busy machine. */
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
      // A failed self-test counts until the successor has passed one.
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
