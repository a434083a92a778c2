import type { Clock } from '../../base/clock.js';
import { type Monotonic, monotonic } from '../../base/units.js';
import type { Camera, Grab } from '../ports/camera.js';
import type { Picture } from '../ports/picture.js';

export type ClipRead =
  /** `time` in ms since the clip began, rising, also from one round of a loop to the next. */
  | { readonly kind: 'frame'; readonly picture: Picture; readonly time: number; readonly detail?: string }
  | { readonly kind: 'end'; readonly detail?: string }
  | { readonly kind: 'lost'; readonly detail: string };

/** Pictures on a disk. */
export interface Clip {
  /** Usual time between two frames, in ms. */
  readonly interval: number;
  /** When the next frame is expected, in ms since the clip began. */
  nextTime(): number;
  read(): ClipRead;
  /** Passes over the next frame. @returns false when there is none. */
  pass(): boolean;
  close(): void;
}

/** Every frame, as fast as it is asked for, stamped with its time in the clip. */
export function playFast(clip: Clip): Camera {
  return {
    grab() {
      const read = clip.read();
      if (read.kind !== 'frame') return read;
      return frameOf(read, monotonic(read.time), 0);
    },
    close: () => clip.close(),
  };
}

/** Longest time spent on passing over late frames in one look, in ms; then the clip is played on from where it is. */
const MAX_CATCHING_UP = 400;

/** As a camera would deliver it: each frame when it is due, and those that were not grabbed in time never. */
export function playInRealTime(clip: Clip, clock: Clock): Camera {
  let begin: number | undefined;
  return {
    grab() {
      const now = clock.monotonic();
      begin ??= now - clip.nextTime();
      const early = begin + clip.nextTime() - now;
      if (early > 0) return { kind: 'wait', wait: Math.ceil(early) };
      let skipped = 0;
      while (begin + clip.nextTime() + clip.interval <= now && clip.pass()) {
        skipped += 1;
        if (clock.monotonic() - now < MAX_CATCHING_UP) continue;
        begin = now - clip.nextTime();
        break;
      }
      const read = clip.read();
      if (read.kind !== 'frame') return read;
      return frameOf(read, monotonic(Math.min(now, begin + read.time)), skipped);
    },
    close: () => clip.close(),
  };
}

function frameOf(read: ClipRead & { kind: 'frame' }, at: Monotonic, skipped: number): Grab {
  const { picture, detail } = read;
  return { kind: 'frame', picture, at, skipped, detail };
}
