/** Encodes the port's reports for the pipe, and decodes them. */
import { endianness } from 'node:os';
import { TwinstileError } from '../../base/errors.js';
import { type TrackId, trackId } from '../../base/ids.js';
import { type FrameSeq, frameSeq, millis, monotonic } from '../../base/units.js';
import type { SelfTestVectors } from '../../biometrics/encoder-self-test.js';
import { isJpeg, type Jpeg, SNAPSHOT } from '../ports/picture.js';
import type { DocumentCapture, FaceReport, FrameReport, PhotoResult, VisionReport } from '../ports/vision.js';
import { frameMessage, type PipeMessage } from './framing.js';
import {
  type WireDocumentCapture,
  type WireFrame,
  type WirePhoto,
  type WireReport,
  type WireSnapshot,
  wireReport,
} from './vision-messages.js';

/** What a message holds: a report for the lane, a response to a request, or a report for the supervisor. */
export type ProcessReport =
  | Exclude<VisionReport, { readonly kind: 'restarting' | 'canary' }>
  | ({ readonly kind: 'canary' } & SelfTestVectors)
  | { readonly kind: 'photo'; readonly id: number; readonly result: PhotoResult }
  | { readonly kind: 'pass'; readonly id: number; readonly result: DocumentCapture }
  | ({ readonly kind: 'snapshot'; readonly id: number; readonly seq?: FrameSeq } & Jpeg)
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly hint?: string };

/** @returns the message's bytes, in parts. */
export function encodeReport(report: ProcessReport): readonly Uint8Array[] {
  if (report.kind === 'frame') return withEmbeddings(report.faces, (faces) => ({ ...report, faces }));
  if (report.kind === 'canary') return encodeSelfTest(report);
  if (report.kind === 'snapshot') {
    const { bytes, ...header } = report;
    return frameMessage(header, bytes);
  }
  if ((report.kind !== 'photo' && report.kind !== 'pass') || report.result.kind !== 'faces')
    return frameMessage(report);
  const { result } = report;
  return withEmbeddings(result.faces, (faces) => ({ ...report, result: { ...result, faces } }));
}

/**
 * @param dimension numbers per embedding, from the pack's card.
 * @throws TwinstileError 'vision-protocol' when anything is not as in vision-messages.ts.
 */
export function decodeReport({ header, payload }: PipeMessage, dimension: number): ProcessReport {
  const parsed = wireReport.safeParse(header);
  if (!parsed.success) throw broken('a report within its ranges', firstProblem(parsed.error.issues));
  const report: WireReport = parsed.data;
  if (report.kind === 'frame') return readFrame(report, payload, dimension);
  if (report.kind === 'photo') return readPhotoResult(report, payload, dimension);
  if (report.kind === 'pass') return readDocumentCapture(report, payload, dimension);
  if (report.kind === 'canary') return readSelfTest(payload, dimension);
  if (report.kind === 'snapshot') return readSnapshot(report, payload);
  if (payload.length > 0) throw broken(`no payload with '${report.kind}'`, `${payload.length} bytes`);
  if (report.kind === 'camera') return { ...report, at: monotonic(report.at) };
  if (report.kind === 'ready') {
    const { startup, ...rest } = report;
    return startup === undefined ? rest : { ...rest, startup: millis(startup) };
  }
  return report;
}

function readFrame(frame: WireFrame, payload: Buffer, dimension: number): FrameReport {
  const { read, detect, track, quality, align, encode, liveness } = frame.timings;
  const faces = readFaces(frame.faces, payload, dimension).map(
    (face): FaceReport => ({ ...face, track: trackId(face.track) }),
  );
  const tracks = new Set<TrackId>(faces.map(({ track }) => track));
  if (tracks.size !== faces.length) throw broken('each track once in a frame', 'one twice');
  const { gate } = frame;
  if (gate.who === 'one' && !tracks.has(trackId(gate.track)))
    throw broken('the track at the gate among the faces', gate.track);
  return {
    ...frame,
    seq: frameSeq(frame.seq),
    at: monotonic(frame.at),
    gate: gate.who === 'one' ? { who: 'one', track: trackId(gate.track) } : gate,
    faces,
    ended: frame.ended.map(trackId),
    timings: {
      read: millis(read),
      detect: millis(detect),
      track: millis(track),
      quality: millis(quality),
      align: millis(align),
      encode: millis(encode),
      liveness: millis(liveness),
    },
  };
}

function readPhotoResult({ kind, id, result }: WirePhoto, payload: Buffer, dimension: number): ProcessReport {
  if (result.kind === 'unreadable') return { kind, id, result };
  return { kind, id, result: { kind: 'faces', faces: readFaces(result.faces, payload, dimension) } };
}

function readDocumentCapture(
  { kind, id, result }: WireDocumentCapture,
  payload: Buffer,
  dimension: number,
): ProcessReport {
  if (result.kind === 'no-picture') return { kind, id, result };
  return { kind, id, result: { kind: 'faces', faces: readFaces(result.faces, payload, dimension) } };
}

function encodeSelfTest({ kind, face, other }: SelfTestVectors & { readonly kind: 'canary' }) {
  const writer = new EmbeddingWriter();
  writer.add(face);
  writer.add(other);
  return frameMessage({ kind }, writer.payload());
}

function readSelfTest(payload: Buffer, dimension: number): ProcessReport {
  expectEmbeddings(payload, 2, dimension);
  return {
    kind: 'canary',
    face: embeddingAt(payload, 0, dimension),
    other: embeddingAt(payload, 1, dimension),
  };
}

function readSnapshot(report: WireSnapshot, payload: Buffer): ProcessReport {
  if (payload.length > SNAPSHOT.bytes)
    throw broken(`a snapshot of at most ${SNAPSHOT.bytes} bytes`, `${payload.length}`);
  if (!isJpeg(payload)) throw broken('a snapshot in JPEG', 'something else');
  // The bytes belong to the pipe and are overwritten.
  const { seq, ...rest } = report;
  const jpeg = { ...rest, bytes: Uint8Array.from(payload) };
  return seq === undefined ? jpeg : { ...jpeg, seq: frameSeq(seq) };
}

type Embedded<Face> = Omit<Face, 'embedding'> & { readonly embedding?: Float32Array };

/** Puts the embeddings in; each must be used by exactly one face. */
function readFaces<Face extends { readonly embedding?: number }>(
  faces: readonly Face[],
  payload: Buffer,
  dimension: number,
): Embedded<Face>[] {
  let next = 0;
  const read = faces.map((face): Embedded<Face> => {
    const { embedding: place, ...rest } = face;
    if (place === undefined) return rest;
    // In order and each once: two faces must never share one vector.
    if (place !== next) throw broken(`embedding ${next} at its place`, `${place}`);
    next += 1;
    return { ...rest, embedding: embeddingAt(payload, place, dimension) };
  });
  expectEmbeddings(payload, next, dimension);
  return read;
}

function withEmbeddings<Face extends { readonly embedding?: Float32Array }>(
  faces: readonly Face[],
  put: (faces: readonly unknown[]) => unknown,
): readonly Uint8Array[] {
  const writer = new EmbeddingWriter();
  const header = put(
    faces.map((face) =>
      face.embedding === undefined ? face : { ...face, embedding: writer.add(face.embedding) },
    ),
  );
  return frameMessage(header, writer.payload());
}

function firstProblem(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string {
  const [issue] = issues;
  return issue === undefined ? 'something else' : `${issue.path.map(String).join('.')}: ${issue.message}`;
}

const broken = (expected: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'vision-protocol',
    message: `Expected ${expected}, got ${got.slice(0, 200)}.`,
    hint: 'Check that core and vision process are of the same build.',
  });

/** Collects embeddings into one payload: raw little-endian float32, one after the other; the header holds the place of each. */
class EmbeddingWriter {
  readonly #parts: Float32Array[] = [];

  /** @returns its place: 0 for the first, 1 for the second. */
  add(embedding: Float32Array): number {
    return this.#parts.push(embedding) - 1;
  }

  /** The payload so far. */
  payload(): Uint8Array {
    const total = this.#parts.reduce((sum, { length }) => sum + length, 0);
    const all = new Float32Array(total);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return littleEndian(Buffer.from(all.buffer));
  }
}

/**
 * The embedding at a place, copied out.
 * @throws TwinstileError 'vision-protocol' when it is outside of the payload or holds a number that is not finite.
 */
function embeddingAt(payload: Uint8Array, place: number, dimension: number): Float32Array {
  const bytes = dimension * 4;
  const copy = Buffer.alloc(bytes);
  const part = payload.subarray(place * bytes, (place + 1) * bytes);
  if (part.length !== bytes)
    throw mismatched(`${dimension} numbers at place ${place}`, `${part.length} bytes`);
  copy.set(part);
  const { buffer, byteOffset } = littleEndian(copy);
  const embedding = new Float32Array(buffer, byteOffset, dimension);
  if (!embedding.every(Number.isFinite))
    throw mismatched('an embedding of finite numbers', 'NaN or Infinity');
  return embedding;
}

/** @throws TwinstileError 'vision-protocol' unless the payload holds exactly that many embeddings. */
function expectEmbeddings(payload: Uint8Array, count: number, dimension: number): void {
  const expected = count * dimension * 4;
  if (payload.length !== expected) throw mismatched(`${expected} bytes of embeddings`, `${payload.length}`);
}

const littleEndian = (bytes: Buffer): Buffer => (endianness() === 'LE' ? bytes : bytes.swap32());

const mismatched = (expected: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'vision-protocol',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Check that core and vision process use the same model pack.',
  });
