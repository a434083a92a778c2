/** Defines what core requests of a vision process: the first request sets it up, in one of two modes. */
import { z } from 'zod';
import type { CameraSource } from '../ports/camera.js';
import type { DocumentRegion, EncoderSettings, VisionSettings } from '../ports/vision.js';

const share = z.number().min(0).max(1);
const size = {
  width: z.int().positive().max(7680).optional(),
  height: z.int().positive().max(4320).optional(),
  fps: z.number().positive().max(240).optional(),
};
const playback = { path: z.string().min(1), pace: z.enum(['real-time', 'fast']), loop: z.boolean() };

const source: z.ZodType<CameraSource> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('usb'), device: z.string().min(1), ...size }),
  z.strictObject({
    kind: z.literal('csi'),
    sensor: z.int().min(0),
    ...size,
    pipeline: z.string().min(1).optional(),
  }),
  z.strictObject({ kind: z.literal('stream'), url: z.string().min(1) }),
  z.strictObject({ kind: z.literal('file'), ...playback }),
  z.strictObject({ kind: z.literal('folder'), ...playback, fps: z.number().positive().max(240) }),
]);

const zone = z.strictObject({ x: share, y: share, width: share, height: share });
const documentRegion: z.ZodType<DocumentRegion> = z.strictObject({
  source,
  zone,
  maxInterOcular: z.number().positive().max(4096).optional(),
});
const documentCaptureMode = z.enum(['face', 'picture']);

const encoder = {
  packFolder: z.string().min(1),
  pack: z.string().min(1),
  provider: z.string().min(1),
  threads: z.int().min(1).max(64),
  detector: z.strictObject({ width: z.int().min(16).max(4096), minScore: share }),
  minInterOcular: z.number().min(0).max(4096),
};

const encoderSettings: z.ZodType<EncoderSettings> = z.strictObject(encoder);
const visionSettings: z.ZodType<VisionSettings> = z.strictObject({
  ...encoder,
  source,
  zone,
  liveness: z.boolean().optional(),
});

export const requestSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('watch'), settings: visionSettings }),
  z.strictObject({ kind: z.literal('encode-photos'), settings: encoderSettings }),
  /** The payload is the file. */
  z.strictObject({ kind: z.literal('photo'), id: z.int().min(0) }),
  /** The payload is the file; answered by a snapshot of its face, or by a photograph that is unreadable. After 'encode-photos'. */
  z.strictObject({ kind: z.literal('crop'), id: z.int().min(0) }),
  /** Run the encoder self-test, twice; answered by two reports of the same kind. After 'encode-photos'. */
  z.strictObject({ kind: z.literal('canary') }),
  /** Of a process that watches a lane: the next picture, if it comes within `patience` ms. */
  z.strictObject({
    kind: z.literal('snapshot'),
    id: z.int().min(0),
    patience: z.number().positive().max(60_000),
    /** 'live': smaller. 'live-zone': what is outside of the region of interest is unrecognisable as well. Absent: a whole one. */
    view: z.enum(['live', 'live-zone']).optional(),
  }),
  /** Of a process that encodes photographs: the one on the document in front of this camera. */
  z.strictObject({
    kind: z.literal('look-at-pass'),
    id: z.int().min(0),
    place: documentRegion,
    wish: documentCaptureMode,
  }),
  z.strictObject({ kind: z.literal('stop') }),
]);

export type VisionRequest = z.infer<typeof requestSchema>;
/** The request a process is started with; it is repeated after each restart. */
export type SetupRequest = Extract<VisionRequest, { readonly kind: 'watch' | 'encode-photos' }>;
