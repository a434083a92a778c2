/** Defines what a vision process reports, as JSON: every number has a range, because the process reads untrusted pictures. */
import { z } from 'zod';
import { SNAPSHOT } from '../ports/picture.js';

/** More faces than any doorway holds; a report with more is a fault. */
const MAX_FACES = 64;

const widest = 16_384;
const coordinate = z.number().min(-widest).max(widest);
const length = z.number().min(0).max(widest);
const span = z.number().min(0).max(3_600_000);
const share = z.number().min(0).max(1);
/** Shares of distances within a face; far beyond what is a face. */
const angle = z.number().min(-100).max(100);
const text = z.string().max(2000);
const place = z
  .int()
  .min(0)
  .max(MAX_FACES - 1);
const track = z.string().regex(/^[A-Za-z0-9-]{1,64}$/);
/** CLOCK_MONOTONIC or time in a clip: finite and not negative; the rest is checked against the reports before. */
const at = z.number().min(0);

const box = z.strictObject({ x: coordinate, y: coordinate, width: length, height: length });

const problem = z.enum([
  'face-covered',
  'too-small',
  'turned-away',
  'tilted',
  'not-upright',
  'blurred',
  'too-dark',
  'too-bright',
  'at-the-edge',
  'low-score',
]);

const face = z.strictObject({
  track,
  box,
  score: share,
  interOcular: length,
  atGate: z.boolean(),
  problems: z.array(problem).max(10),
  pose: z.strictObject({ turn: angle, nod: angle }).optional(),
  light: z.number().min(0).max(1000).optional(),
  /** Which embedding of the payload is this face's. */
  embedding: place.optional(),
  replaced: z.literal(true).optional(),
  liveness: share.optional(),
});

const frame = z.strictObject({
  kind: z.literal('frame'),
  seq: z.int().min(0),
  at,
  width: z.int().min(1).max(widest),
  height: z.int().min(1).max(widest),
  gate: z.discriminatedUnion('who', [
    z.strictObject({ who: z.literal('nobody') }),
    z.strictObject({ who: z.literal('one'), track }),
    z.strictObject({ who: z.literal('several') }),
  ]),
  faces: z.array(face).max(MAX_FACES),
  ended: z.array(track).max(1024),
  light: z.literal('infrared').optional(),
  skipped: z.int().min(0),
  timings: z.strictObject({
    read: span,
    detect: span,
    track: span,
    quality: span,
    align: span,
    encode: span,
    liveness: span,
  }),
});

const photoFace = z.strictObject({
  box,
  interOcular: length,
  problems: z.array(problem).max(8),
  embedding: place.optional(),
});

const photo = z.strictObject({
  kind: z.literal('photo'),
  id: z.int().min(0),
  result: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('faces'), faces: z.array(photoFace).max(MAX_FACES) }),
    z.strictObject({ kind: z.literal('unreadable'), detail: text }),
  ]),
});

const pass = z.strictObject({
  kind: z.literal('pass'),
  id: z.int().min(0),
  result: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('faces'), faces: z.array(photoFace).max(MAX_FACES) }),
    z.strictObject({ kind: z.literal('no-picture'), detail: text }),
  ]),
});

/** The payload is the JPEG. */
const snapshot = z.strictObject({
  kind: z.literal('snapshot'),
  id: z.int().min(0),
  /** Of the frame whose report came before; absent for what is no frame of a lane. */
  seq: z.int().min(0).optional(),
  width: z.int().min(1).max(SNAPSHOT.side),
  height: z.int().min(1).max(SNAPSHOT.side),
});

export const wireReport = z.discriminatedUnion('kind', [
  frame,
  photo,
  pass,
  snapshot,
  z.strictObject({
    kind: z.literal('camera'),
    status: z.enum(['opening', 'live', 'stalled', 'frozen', 'ended', 'unplugged', 'resolution-changed']),
    at,
    detail: text.optional(),
  }),
  z.strictObject({
    kind: z.literal('ready'),
    provider: z.string().max(64),
    pid: z.int().positive(),
    startup: span.optional(),
  }),
  z.strictObject({ kind: z.literal('end'), frames: z.int().min(0) }),
  /** The payload is two embeddings: those of the two synthetic faces. */
  z.strictObject({ kind: z.literal('canary') }),
  /** The event loop turns. Sent even when there is nothing to report, so that silence means a hang. */
  z.strictObject({ kind: z.literal('heartbeat') }),
  /** It cannot do its work and is about to exit. */
  z.strictObject({
    kind: z.literal('failed'),
    code: z.string().max(64),
    message: text,
    hint: text.optional(),
  }),
]);

export type WireReport = z.infer<typeof wireReport>;
export type WireFrame = z.infer<typeof frame>;
export type WirePhoto = z.infer<typeof photo>;
export type WireDocumentCapture = z.infer<typeof pass>;
export type WireSnapshot = z.infer<typeof snapshot>;
