import type { CameraStatus } from '../ports/vision.js';

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
