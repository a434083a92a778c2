/** A camera that does what a script says. */

import type { Clock } from '../../src/base/clock.js';
import { type Monotonic, monotonic } from '../../src/base/units.js';
import type { Camera, Grab } from '../../src/vision/ports/camera.js';
import type { Picture } from '../../src/vision/ports/picture.js';

/** A picture of one colour. */
export function plainPicture(colour: number, width = 64, height = 48, onRelease = () => {}): Picture {
  const filled = (to: { width: number; height: number }) =>
    new Uint8Array(to.width * to.height * 3).fill(colour);
  return {
    width,
    height,
    letterbox: (toWidth, toHeight) => ({
      pixels: filled({ width: toWidth, height: toHeight }),
      scale: Math.min(toWidth / width, toHeight / height),
    }),
    warp: (_, toWidth, toHeight) => filled({ width: toWidth, height: toHeight }),
    crop: (_, toWidth, toHeight) => filled({ width: toWidth, height: toHeight }),
    jpeg: () => ({ bytes: Uint8Array.of(0xff, 0xd8, 0xff, colour), width, height }),
    release: onRelease,
  };
}

/** What the camera does at one look: show a colour, or give another answer, or throw. */
export type Act =
  | { readonly shows: number; readonly width?: number; readonly height?: number; readonly detail?: string }
  | Exclude<Grab, { kind: 'frame' }>
  | Error;

/** Plays its acts one by one; after the last one it is at its end. */
export function scriptedCamera(acts: readonly Act[], clock: Clock, onClose = () => {}): Camera {
  let at = 0;
  return {
    grab() {
      const act = acts[at];
      at += 1;
      if (act === undefined) return { kind: 'end' };
      if (act instanceof Error) throw act;
      if ('kind' in act) return act;
      const { shows, width, height, detail } = act;
      return {
        kind: 'frame',
        picture: plainPicture(shows, width, height),
        at: clock.monotonic(),
        skipped: 0,
        detail,
      };
    },
    close: onClose,
  };
}

/** A clock that stands still until it is moved. */
export function handClock(): Clock & { move(span: number): void } {
  let now = 1000;
  return {
    monotonic: (): Monotonic => monotonic(now),
    wall: () => {
      throw new Error('no rule rests on the wall clock');
    },
    move(span) {
      now += span;
    },
  };
}
