/** Holds what may be expected of each kind of source, and reports a camera's status once per change. */
import type { CameraSource } from '../ports/camera.js';
import type { CameraStatus } from '../ports/vision.js';

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

export interface StatusReporter {
  /** Reports a status unless it was the last one reported. */
  change(status: CameraStatus, detail?: string): void;
  /** Reports a status only if none was reported before. */
  first(status: CameraStatus): void;
}

/**
 * Each change once: a camera that stays unplugged is not reported every half second, but another reason for it is.
 * 'live' without a detail does not take back a detail that was given with 'live' before.
 */
export function createStatusReporter(
  onStatus: (status: CameraStatus, detail?: string) => void,
): StatusReporter {
  let said: { readonly status: CameraStatus; readonly detail: string | undefined } | undefined;
  return {
    change(status, detail) {
      const isNews = said?.status !== status || (detail !== undefined && said.detail !== detail);
      if (!isNews) return;
      said = { status, detail };
      onStatus(status, detail);
    },
    first(status) {
      if (said !== undefined) return;
      said = { status, detail: undefined };
      onStatus(status);
    },
  };
}
