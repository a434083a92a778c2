import type { CameraSource } from '../ports/camera.js';

/** What may be expected of a source, so that a photograph is not called a frozen camera. */
export interface CameraRules {
  /** Closing and opening again may bring it back; a file would only start from its beginning. */
  readonly reopens: boolean;
  /** Its pictures keep time and differ: standing still, in either sense, is a fault. */
  readonly moves: boolean;
  /** All its pictures have one size. */
  readonly oneSize: boolean;
}

/**
 * Sources in fast pace carry clip time and come as they are used, so that standing still means nothing there. A folder
 * holds photographs, which may be alike, of any size, and seconds apart. A file in real time stands in for a camera:
 * a clip whose picture stands still is told of like a camera that does.
 */
export function rulesFor(source: CameraSource): CameraRules {
  switch (source.kind) {
    case 'usb':
    case 'csi':
    case 'stream':
      return { reopens: true, moves: true, oneSize: true };
    case 'file':
      return { reopens: false, moves: source.pace === 'real-time', oneSize: true };
    case 'folder':
      return { reopens: false, moves: false, oneSize: false };
  }
}
