/**
 * Declares the messages on core's socket, in both directions. Each has a schema, so that neither end relies on the other.
 *
 * A client greets with who it is and is welcomed; then it sends requests with ids of its own, and what belongs to a request
 * comes back under that id. Who it is, is a claim: the permission of the socket's file is what lets a peer in.
 */
import { z } from 'zod';
import { TwinstileError } from '../../base/errors.js';
import { ID_PATTERN } from '../../base/ids.js';
import { MAX_NAME_LENGTH } from '../../base/names.js';
import type { FrameFormat } from '../../platform/local-socket/message-frames.js';
import { JOURNAL_KINDS } from '../../records/journal/journal.js';
import { MAX_BADGES } from '../../records/people/record-rules.js';
import { LIVE_PICTURE } from '../../vision/ports/picture.js';

export const CORE_FORMAT: FrameFormat = {
  magic: 'TWC1',
  /** A page of rows of the journal is the longest. */
  header: 256 * 1024,
  payload: LIVE_PICTURE.bytes,
  code: 'socket-protocol',
  hint: 'Check that both ends are of the same build.',
};

export const CORE_PROTOCOL = 1;

const id = z.string().regex(ID_PATTERN);
const claimed = z
  .string()
  .regex(/^[a-z]+:[^\s:]{1,64}$/)
  .max(80);

const actor = z.strictObject({
  by: claimed,
  sudo: claimed.optional(),
  login_uid: z.int().min(0).optional(),
  office: z.string().max(255).optional(),
});

const person = z.strictObject({
  id,
  /** Absent: the stored one, or the id of a new person. */
  name: z
    .string()
    .min(1)
    .max(4 * MAX_NAME_LENGTH)
    .optional(),
  consentText: z.string().min(1).max(64).optional(),
  /** ms since 1970. */
  validFrom: z.number().optional(),
  validUntil: z.number().optional(),
});

export const coreRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('hello'), v: z.int(), by: actor }),
  /** Takes looks from the lane's camera and enrolls the person with them. */
  z.strictObject({
    kind: z.literal('enroll'),
    id,
    lane: id,
    person,
    badges: z.array(z.string().min(1).max(64)).max(MAX_BADGES),
    lookalikes: z.boolean(),
  }),
  /** The person who was let in by a decision was another one. */
  z.strictObject({ kind: z.literal('dispute'), id, decision: id, days: z.int().min(1).max(365) }),
  /** One picture of a live view. */
  z.strictObject({ kind: z.literal('picture'), id, lane: id }),
  /** States of the lanes and rows of the journal as they come, until it is cancelled; rows from the one after `after` on. */
  z.strictObject({ kind: z.literal('follow'), id, after: z.int().min(0).optional() }),
  z.strictObject({ kind: z.literal('cancel'), id }),
]);

export type CoreRequest = z.infer<typeof coreRequest>;

const text = z.string().max(2000);
const record = z.record(z.string(), z.unknown());

/** What the frame of a live picture showed; boxes in pixels of that frame. */
const shownFace = z.strictObject({
  track: z.string().max(64),
  box: z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
  at_gate: z.boolean(),
  inter_ocular: z.number(),
  problems: z.array(z.string().max(64)).max(16),
});

export const coreEvent = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('welcome'), v: z.int(), site: id, lanes: z.array(id) }),
  z.strictObject({
    kind: z.literal('guidance'),
    id,
    /** A code of guided-looks.ts; a client shows an unknown one as it is. */
    guidance: z.string().max(40),
    looks: z.int().min(0),
    needed: z.int().min(1),
  }),
  z.strictObject({
    kind: z.literal('enrolled'),
    id,
    /** New templates. */
    accepted: z.int().min(0),
    refusals: z.array(z.strictObject({ reason: z.string().max(64), sentence: text })).max(64),
    hasConsent: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('disputed'),
    id,
    dispute: z.string().max(64),
    person: id,
    lane: id,
    remedy: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('set-aside'), templates: z.int().min(1) }),
      z.strictObject({ kind: z.literal('bound'), rate: z.number().min(0).max(1) }),
    ]),
    /** False: it waits for a second claimant, because it would leave the person without any way in. */
    isInForce: z.boolean(),
    /** Whether the looks were still in memory. */
    hadEvidence: z.boolean(),
    until: z.number(),
  }),
  /** The payload is the JPEG. */
  z.strictObject({
    kind: z.literal('picture'),
    id,
    seq: z.int().min(0),
    /** From taking the picture until it was sent. */
    age_ms: z.number().min(0),
    /** Of the JPEG. */
    width: z.int().min(1),
    height: z.int().min(1),
    frame: z.strictObject({ width: z.int().min(1), height: z.int().min(1) }),
    gate: z.enum(['nobody', 'one', 'several']),
    faces: z.array(shownFace).max(64),
  }),
  z.strictObject({ kind: z.literal('no-picture'), id, reason: z.string().max(64) }),
  /** As it is published, docs/PROTOCOL.md. */
  z.strictObject({ kind: z.literal('state'), id, lane: id, state: record }),
  z.strictObject({
    kind: z.literal('rows'),
    id,
    rows: z
      .array(
        z.strictObject({
          seq: z.int().min(1),
          at: z.number(),
          kind: z.enum(JOURNAL_KINDS),
          subject: z.string().max(256),
          body: record,
        }),
      )
      .max(100),
    /** Names of the people in these rows, by id. */
    names: z.record(z.string(), z.string()),
  }),
  /** The request has ended because it was cancelled. */
  z.strictObject({ kind: z.literal('cancelled'), id }),
  z.strictObject({
    kind: z.literal('failed'),
    /** Absent: it concerns the connection. */
    id: id.optional(),
    code: z.string().max(64),
    message: text,
    hint: text.optional(),
  }),
]);

export type CoreEvent = z.infer<typeof coreEvent>;
export type DisputedEvent = Extract<CoreEvent, { readonly kind: 'disputed' }>;
/** Distributes over the kinds of a message, which a plain Omit would merge. */
export type WithoutId<Message> = Message extends unknown ? Omit<Message, 'id'> : never;
export type PictureEvent = Extract<CoreEvent, { readonly kind: 'picture' }>;
export type FollowEvent = Extract<CoreEvent, { readonly kind: 'state' | 'rows' }>;
export type EnrolledEvent = Extract<CoreEvent, { readonly kind: 'enrolled' }>;

/** Returns the failure as an event, without the stack or the cause. */
export function failureOf(error: unknown, requestId?: string): CoreEvent {
  const isKnown = error instanceof TwinstileError;
  return {
    kind: 'failed',
    id: requestId,
    code: isKnown ? error.code : 'internal',
    message: (isKnown ? error.message : 'The service failed.').slice(0, 2000),
    hint: isKnown ? error.hint?.slice(0, 2000) : 'Look into the log of the service.',
  };
}
