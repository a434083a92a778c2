/** Defines what core receives from a lane's vision process. Numbers are range-checked before they get here. */
import type { TrackId } from '../../base/ids.js';
import type { Distance, FrameSeq, Millis, Monotonic } from '../../base/units.js';
import type { QualityProblem } from '../detection/quality.js';
import type { Box } from '../geometry.js';
import type { CameraSource } from './camera.js';
import type { Jpeg } from './picture.js';

export type CameraStatus =
  | 'opening'
  | 'live'
  | 'stalled'
  | 'frozen'
  | 'ended'
  | 'unplugged'
  | 'resolution-changed';

/** How a head is turned, as detection/pose.ts derives it from five landmarks. */
export interface HeadPose {
  /** Towards the person's left above 0, towards their right below; 0 is frontal, about 0.5 is 40 degrees. */
  readonly turn: number;
  /** Where the nose is on the way from the eyes (0) to the mouth (1); about 0.55 is frontal. */
  readonly nod: number;
}

/** What is measured of a face in some frames only. */
interface FaceMeasurements {
  /** Only of a face at the gate. */
  readonly pose?: HeadPose;
  /** Light of a face at the gate as a share of what it needs, 0 or more; below 1 it is too dark. More light raises it. */
  readonly light?: number;
  /** Only for the frames that were worth encoding. Already passed through normalisation. */
  readonly embedding?: Float32Array;
  /** Of this one frame, 0..1, higher is more alive; only for the frames that were scored, by a pack that has liveness models. */
  readonly liveness?: number;
}

export interface FaceReport extends FaceMeasurements {
  readonly track: TrackId;
  readonly box: Box;
  readonly score: number;
  readonly interOcular: number;
  /** In the region of interest and big enough to be a person about to pass. */
  readonly atGate: boolean;
  readonly problems: readonly QualityProblem[];
  /** Within the last 1.5 s it took the place of another face from one frame to the next, as a picture does. */
  readonly replaced?: true;
}

/** 'several': two or more people of like size at the gate; no one is let in on another's face. */
export type AtGate =
  | { readonly who: 'nobody' }
  | { readonly who: 'one'; readonly track: TrackId }
  | { readonly who: 'several' };

export type Stage = 'read' | 'detect' | 'track' | 'quality' | 'align' | 'encode' | 'liveness';

interface SeenPicture {
  readonly width: number;
  readonly height: number;
  /** Absent: colour. */
  readonly light?: 'infrared' | undefined;
}

export interface FrameReport extends SeenPicture {
  readonly kind: 'frame';
  readonly seq: FrameSeq;
  /** When the picture was taken. */
  readonly at: Monotonic;
  readonly gate: AtGate;
  readonly faces: readonly FaceReport[];
  /** Tracks that ended with this frame. */
  readonly ended: readonly TrackId[];
  /** Frames passed over since the last report because newer ones were there. */
  readonly skipped: number;
  readonly timings: Readonly<Record<Stage, Millis>>;
}

interface CameraReport {
  readonly kind: 'camera';
  readonly status: CameraStatus;
  readonly at: Monotonic;
  readonly detail?: string;
}

export interface ReadyReport {
  readonly kind: 'ready';
  readonly provider: string;
  readonly pid: number;
  /** From the start of the process until its networks were loaded. */
  readonly startup?: Millis;
}

export interface EndReport {
  readonly kind: 'end';
  readonly frames: number;
}

/** A restart of the process itself, reported by its supervisor. */
interface RestartReport {
  readonly kind: 'restarting';
  readonly cause: string;
}

/** The supervisor's verdict of an encoder self-test: two synthetic faces, encoded at the start and every minute. */
export interface SelfTestReport {
  readonly kind: 'canary';
  /** 'unsure': the first of all; not yet tested. After 'untrue' the process is replaced. */
  readonly verdict: 'true' | 'untrue' | 'unsure';
  /** How far from where they landed first; absent where there is nothing to compare with. */
  readonly drift?: Distance;
}

export type VisionReport =
  | FrameReport
  | CameraReport
  | ReadyReport
  | EndReport
  | RestartReport
  | SelfTestReport;

/** One face found in a photograph given for enrollment. */
export interface PhotoFace {
  readonly box: Box;
  readonly interOcular: number;
  readonly problems: readonly QualityProblem[];
  readonly embedding?: Float32Array;
}

export type PhotoResult =
  /** The face that the photograph is most likely of comes first. */
  | { readonly kind: 'faces'; readonly faces: readonly PhotoFace[] }
  | {
      readonly kind: 'unreadable';
      readonly detail: string;
      /** The process that looked at it did not survive it. */
      readonly endedProcess?: true;
    };

/** What a vision process must know to turn a photograph into embeddings. */
export interface EncoderSettings {
  /** Absolute path of the folder that holds the packs. */
  readonly packFolder: string;
  readonly pack: string;
  /** Execution provider, e.g. 'cpu'. Never replaced silently. */
  readonly provider: string;
  /** Intra-op threads per network, 1 or more. */
  readonly threads: number;
  readonly detector: {
    /** Width the detector works at, in pixels. */
    readonly width: number;
    /** 0..1 */
    readonly minScore: number;
  };
  /** Smallest distance between the eyes that is worth encoding, in pixels of the frame. */
  readonly minInterOcular: number;
}

/** Adds what it must know to run a lane's pipeline. */
export interface VisionSettings extends EncoderSettings {
  readonly source: CameraSource;
  /** The region of interest, as shares of the picture, 0..1. */
  readonly zone: Box;
  /** Whether faces at the gate are scored for liveness, where the pack has models for it. Absent: they are not. */
  readonly liveness?: boolean;
}

/** The vision of a lane: a stream of reports until the signal ends it or a finite source does. */
export interface Vision {
  watch(onReport: (report: VisionReport) => void, signal: AbortSignal): Promise<void>;
}

/** One picture of a lane's camera, for an operator who requested it; it is not kept. */
export type Snapshot =
  /** JPEG, within picture.ts; `seq` of the frame whose report came before. */
  | ({ readonly kind: 'picture'; readonly seq?: FrameSeq } & Jpeg)
  | {
      readonly kind: 'none';
      /** No picture came in time; there is no process to ask; or a request is pending already. */
      readonly reason: 'camera-not-live' | 'vision-restarting' | 'busy';
    };

/** Gives single pictures of a lane's camera. */
export interface SnapshotSource {
  /**
   * The next picture that the camera gives, within 3 s. Never rejects.
   * @param view 'live': small. 'live-zone': unrecognisable outside of the region of interest as well. Absent: a whole one.
   */
  snapshot(view?: 'live' | 'live-zone'): Promise<Snapshot>;
}

/** What the camera that looks at passes sees. */
export type DocumentCapture =
  /** Of those in its zone, without the fainter copies that a pass has of its photograph. Good when it is one without problems. */
  | { readonly kind: 'faces'; readonly faces: readonly PhotoFace[] }
  /** The camera gives nothing. */
  | { readonly kind: 'no-picture'; readonly detail: string };

/** Where a pass is laid down to be looked at. */
export interface DocumentRegion {
  readonly source: CameraSource;
  /** As shares of the picture, 0..1. */
  readonly zone: Box;
  /** Faces with eyes further apart are not those of a pass, in pixels; absent: any. */
  readonly maxInterOcular?: number;
}

/** A camera that is opened for each look, and closed after it. */
export interface DocumentCamera {
  /**
   * @param options 'face': the best look at a pass, within 4 s once the camera is open. 'picture': whether it gives one at all.
   * @throws TwinstileError 'vision-failed' | 'stopped' when no process can look.
   */
  capture(options: DocumentCaptureMode): Promise<DocumentCapture>;
  close(): Promise<void>;
}

export type DocumentCaptureMode = 'face' | 'picture';

/** Encodes photographs outside core. */
export interface PhotoEncoder {
  /** @param photo a file's bytes (JPEG, PNG, BMP, WebP, HEIC), at most 64 MB. */
  encode(photo: Uint8Array): Promise<PhotoResult>;
  close(): Promise<void>;
}

/** Width the detector works at, in pixels, and its lowest score; a lane may be configured otherwise. */
export const DETECTOR_DEFAULTS = { width: 640, minScore: 0.6 } as const;
/** In pixels. Photographs are smaller than what a camera sees of a person: half a lane's default is still a good template. */
const PHOTO_MIN_INTER_OCULAR = 12;

export interface PhotoEncoderOptions extends Pick<EncoderSettings, 'pack' | 'packFolder'> {
  /** Absent: the CPU. */
  readonly provider?: string;
  /** Absent: one. */
  readonly threads?: number;
  /** Width the detector works at, in pixels. */
  readonly detectorWidth?: number;
  readonly minInterOcular?: number;
}

/** Gives every encoder of photographs the same settings: enrollment, release examination, crops and document camera must find the same faces. */
export const photoEncoderSettings = ({
  pack,
  packFolder,
  provider = 'cpu',
  threads = 1,
  detectorWidth = DETECTOR_DEFAULTS.width,
  minInterOcular = PHOTO_MIN_INTER_OCULAR,
}: PhotoEncoderOptions): EncoderSettings => ({
  packFolder,
  pack,
  provider,
  threads,
  detector: { ...DETECTOR_DEFAULTS, width: detectorWidth },
  minInterOcular,
});
