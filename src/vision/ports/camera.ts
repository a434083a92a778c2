/** What vision asks of cameras, and where their pictures come from. */
import type { Millis, Monotonic } from '../../base/units.js';
import type { Picture } from './picture.js';

/** Where frames come from. One shape for configuration, command line and vision process. */
export type CameraSource =
  /** V4L2 device: "/dev/video0". */
  | {
      readonly kind: 'usb';
      readonly device: string;
      readonly width?: number;
      readonly height?: number;
      readonly fps?: number;
    }
  /** A GStreamer pipeline for CSI cameras; `sensor` is put into the stock pipeline unless `pipeline` is given whole. */
  | {
      readonly kind: 'csi';
      readonly sensor: number;
      readonly width?: number;
      readonly height?: number;
      readonly fps?: number;
      readonly pipeline?: string;
    }
  /** rtsp://, rtsps:// or http(s):// (MJPEG) address of a network camera. */
  | { readonly kind: 'stream'; readonly url: string }
  /** `pace`: in the clip's own time as a camera would, or every frame as fast as they can be used. */
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly pace: 'real-time' | 'fast';
      readonly loop: boolean;
    }
  /** Images in name order, `fps` a second in real time. */
  | {
      readonly kind: 'folder';
      readonly path: string;
      readonly fps: number;
      readonly pace: 'real-time' | 'fast';
      readonly loop: boolean;
    };

/** The result of one grab. Expected outcomes are values. */
export type Grab =
  /** `at` is when the picture was taken (clip time for a fast file); `skipped` counts frames passed over because newer ones were there. */
  | {
      readonly kind: 'frame';
      readonly picture: Picture;
      readonly at: Monotonic;
      readonly skipped: number;
      /** The same view, pixel on pixel, by another sensor. No camera gives one yet; the receiver of the frame releases both. */
      readonly aligned?: { readonly kind: 'depth' | 'infrared'; readonly picture: Picture };
      /** What an operator should know although frames come: "broken.jpg is not a readable picture". */
      readonly detail?: string;
    }
  /** Nothing new yet: ask again after `wait` ms. */
  | { readonly kind: 'wait'; readonly wait: number }
  /** The file is over and does not loop; `detail` as with a frame. */
  | { readonly kind: 'end'; readonly detail?: string }
  /** The device is gone or the stream broke: close and open again. */
  | { readonly kind: 'lost'; readonly detail: string };

export interface Camera {
  /** May block inside native code for a frame's time (longer if the camera hangs: core watches from outside). */
  grab(): Grab;
  close(): void;
}

/** How long an opening may take until the first picture. */
export interface OpeningPatience {
  /** Longest search of a stream for its codec and size; what is not found by then is missing. */
  readonly analysis: Millis;
  /** Longest that nothing at all comes from the network. */
  readonly silence: Millis;
  /** Longest until the first picture, while something comes. */
  readonly picture: Millis;
}

/**
 * @param patience absent: that of a first attempt. Only live sources use it.
 * @throws TwinstileError 'camera-unusable' when it cannot be opened.
 */
export type OpenCamera = (source: CameraSource, patience?: OpeningPatience) => Camera;

/** What of a camera may hold a login. */
export function secretsOf(source: CameraSource): readonly string[] {
  if (source.kind === 'stream') return [source.url];
  return source.kind === 'csi' && source.pipeline !== undefined ? [source.pipeline] : [];
}
