import type { CameraSource } from '../ports/camera.js';

/** What may be expected of a source, so that a photograph is not called a frozen camera. */
export interface CameraRules {
  /** Closing and opening again may bring it back; a file would only start from its beginning. */
  readonly reopens: boolean;
  /** Its pictures keep time and differ: no change of either is a fault. */
  readonly moves: boolean;
  /** All its pictures have one size. */
  readonly oneSize: boolean;
}

/**
 * Sources in fast pace carry clip time and come as they are used, so that a still picture means nothing there. A folder
 * holds photographs, which may be equal, of any size, and seconds apart. A file in real time replaces a camera:
 * a clip that freezes is reported like a camera that does.
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
