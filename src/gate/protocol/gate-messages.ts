/** Declares and reads the messages between lane, gate and badge readers. Fields that are not known are dropped, so that later versions may add some. */
import { z } from 'zod';
import { ID_PATTERN } from '../../base/ids.js';
import { readBadgeText } from '../../base/names.js';

/** No gate message is near this; a longer one is not even parsed. */
const MAX_GATE_MESSAGE = 2048;

/** The photograph in a document, in bytes. */
export const MAX_DOCUMENT_PHOTO = 256 * 1024;
const PHOTO_TEXT = 4 * Math.ceil(MAX_DOCUMENT_PHOTO / 3);
const MAX_BADGE_MESSAGE = PHOTO_TEXT + MAX_GATE_MESSAGE;

const v = z.literal(1);
const id = z.string().regex(ID_PATTERN);
const direction = z.enum(['in', 'out']);
const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
const reason = z.string().regex(/^[a-z0-9-]{1,40}$/);

export const challengeMessage = z.object({
  v,
  gate: id,
  /** New at each start of the actuator. */
  boot: hex(8),
  sequence: z.int().min(0),
  challenge: hex(16),
});

const protocol = z.union([z.literal(1), z.literal(2)]);
const algorithm = z.enum(['ed25519', 'hmac-sha256']);
const signature = z.union([hex(64), hex(32)]);

export const grantMessage = z.object({
  v: protocol,
  id,
  gate: id,
  direction,
  challenge: hex(16),
  pulse_ms: z.int().min(100).max(10_000),
  key: id,
  algorithm,
  signature,
});

/** Of a passage before any lane has asked for a session; of a request that only checks that the keys are right. */
export const NO_SESSION = '00'.repeat(16);

/** On the topic of grants: asks the gate to name this session in its passages, and opens nothing. */
export const sessionMessage = z.object({
  v: z.literal(2),
  gate: id,
  challenge: hex(16),
  session: hex(16),
  key: id,
  algorithm,
  signature,
});

export const ackMessage = z.discriminatedUnion('result', [
  z.object({ v, grant: id, gate: id, result: z.literal('opened') }),
  /** A string and not a list: the lane must understand that a newer gate refused, whatever its reason is called. */
  z.object({ v, grant: id, gate: id, result: z.literal('refused'), reason }),
]);

/** Version 2. `request` is the digest of what is answered; `grant` is null for a session. */
const signedAck = { v: z.literal(2), grant: id.nullable(), gate: id, request: hex(32), signature };
export const signedAckMessage = z.discriminatedUnion('result', [
  z.object({ ...signedAck, result: z.enum(['opened', 'unconfirmed', 'ready']) }),
  z.object({ ...signedAck, result: z.literal('refused'), reason }),
]);

const passage = {
  gate: id,
  /** null when no grant was given. */
  grant: id.nullable(),
  outcome: z.enum(['passed', 'timeout', 'forced-open', 'held-open', 'tailgated']),
  direction,
};
export const passageMessage = z.object({ v, ...passage });

/** Version 2. */
export const signedPassageMessage = z.object({
  v: z.literal(2),
  ...passage,
  session: hex(16),
  boot: hex(8),
  sequence: z.int().min(0).max(0xffff_ffff),
  signature,
});

/** As readers write it: with blanks around it, or as pairs of a serial number ("04:A2:24:B1"). Long ones are not even looked at. */
const badge = z
  .string()
  .max(256)
  .transform((text, { addIssue }) => {
    const read = readBadgeText(text);
    if (read !== undefined) return read;
    addIssue('Expected a badge.');
    return z.NEVER;
  });

export const badgeMessage = z.object({
  v,
  badge,
  reader: id,
  /** New for each read, so that a message delivered twice counts once. */
  read: id,
  /** The photograph that the reader found in the document: a JPEG in base64. */
  photo: z
    .string()
    .max(PHOTO_TEXT)
    .regex(/^[A-Za-z0-9+/]+={0,2}$/)
    .optional(),
});

export type ChallengeMessage = z.infer<typeof challengeMessage>;
export type GrantMessage = z.infer<typeof grantMessage>;
export type SessionMessage = z.infer<typeof sessionMessage>;
export type PassageMessage = z.infer<typeof passageMessage>;
export type PassageOutcome = PassageMessage['outcome'];
export type BadgeMessage = z.infer<typeof badgeMessage>;

/** The message in a payload, or nothing when it is too long, not JSON, or not of this shape. Never throws. */
export function readMessage<T>(
  schema: z.ZodType<T>,
  payload: Uint8Array,
  longest: number = MAX_GATE_MESSAGE,
): T | undefined {
  if (payload.length > longest) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    // Any login may publish anything; a message that cannot be read is dropped, and the caller counts it.
    return undefined;
  }
  return schema.safeParse(json).data;
}

type BadgeMessageRead =
  | { readonly kind: 'message'; readonly message: BadgeMessage }
  /** `problem` is "Expected X, got Y." without any value of the message: a badge is a person's. */
  | { readonly kind: 'not-understood'; readonly reader: string | undefined; readonly problem: string };

const AN_ID = 'of 1 to 64 letters, digits, dots, dashes or underscores';
const EXPECTED: Readonly<Record<string, string>> = {
  v: '1',
  badge: `${AN_ID}, or in pairs such as 04:A2:24:B1`,
  reader: AN_ID,
  read: `${AN_ID}, new for each read`,
  photo: `a JPEG of at most ${MAX_DOCUMENT_PHOTO} bytes in base64`,
};
/** Names of fields are shown where they look like some. */
const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,19}$/;
const MAX_FIELDS = 6;

/**
 * Reads the message of a badge reader, or names what is wrong with it.
 * Never throws: any login may publish anything.
 */
export function readBadgeMessage(payload: Uint8Array): BadgeMessageRead {
  if (payload.length > MAX_BADGE_MESSAGE)
    return notUnderstood(`at most ${MAX_BADGE_MESSAGE} bytes`, `${payload.length}`);
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    return notUnderstood('a message in JSON', 'something else');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return notUnderstood('a JSON object', kindOf(json));
  const { success, data, error } = badgeMessage.safeParse(json);
  if (success) return { kind: 'message', message: data };
  const fields = json as Readonly<Record<string, unknown>>;
  const field = String(error.issues[0]?.path[0] ?? 'badge');
  const reader =
    typeof fields.reader === 'string' && ID_PATTERN.test(fields.reader) ? fields.reader : undefined;
  if (!Object.hasOwn(fields, field))
    return notUnderstood(`the field ${field}`, `only ${namesOf(fields)}`, reader);
  const value = fields[field];
  if (typeof value === 'number' && field !== 'v')
    return notUnderstood(
      `${field} as text in quotes`,
      'a number, which loses zeros before it and digits of long ones',
      reader,
    );
  return notUnderstood(
    `${field} ${EXPECTED[field] ?? 'as documented'}`,
    typeof value === 'string' ? 'other text' : kindOf(value),
    reader,
  );
}

const notUnderstood = (expected: string, got: string, reader?: string): BadgeMessageRead => ({
  kind: 'not-understood',
  reader,
  problem: `Expected ${expected}, got ${got}.`,
});

function namesOf(fields: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(fields).filter((name) => FIELD_NAME.test(name));
  return names.length === 0 ? 'others' : names.slice(0, MAX_FIELDS).join(', ');
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
