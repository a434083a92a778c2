/** What may stand in a message at the gate. Fields that are not known are dropped, so that later versions may add some. */
import { z } from 'zod';
import { ID_PATTERN } from '../base/ids.js';

/** No gate message is near this; a longer one is not even parsed. */
export const LONGEST_GATE_MESSAGE = 2048;

/** The photograph in a pass, in bytes. */
export const LARGEST_PASS_PHOTO = 256 * 1024;
const PHOTO_TEXT = 4 * Math.ceil(LARGEST_PASS_PHOTO / 3);
export const LONGEST_BADGE_MESSAGE = PHOTO_TEXT + LONGEST_GATE_MESSAGE;

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

export const grantMessage = z.object({
  v,
  id,
  gate: id,
  direction,
  challenge: hex(16),
  pulse_ms: z.int().min(100).max(10_000),
  key: id,
  algorithm: z.enum(['ed25519', 'hmac-sha256']),
  signature: z.union([hex(64), hex(32)]),
});

export const ackMessage = z.discriminatedUnion('result', [
  z.object({ v, grant: id, gate: id, result: z.literal('opened') }),
  /** A string and not a list: the lane must understand that a newer gate refused, whatever its reason is called. */
  z.object({ v, grant: id, gate: id, result: z.literal('refused'), reason }),
]);

export const passageMessage = z.object({
  v,
  gate: id,
  /** null when nobody was let in. */
  grant: id.nullable(),
  outcome: z.enum(['passed', 'timeout', 'forced', 'held', 'tailgated']),
  direction,
});

export const badgeMessage = z.object({
  v,
  badge: id,
  reader: id,
  /** New for each read, so that a message delivered twice counts once. */
  read: id,
  /** The photograph that the reader found in the pass: a JPEG in base64. */
  photo: z
    .string()
    .max(PHOTO_TEXT)
    .regex(/^[A-Za-z0-9+/]+={0,2}$/)
    .exactOptional(),
});

export type ChallengeMessage = z.infer<typeof challengeMessage>;
export type GrantMessage = z.infer<typeof grantMessage>;
export type AckMessage = z.infer<typeof ackMessage>;
export type PassageMessage = z.infer<typeof passageMessage>;
export type BadgeMessage = z.infer<typeof badgeMessage>;

/** The message in a payload, or nothing when it is too long, not JSON, or not of this shape. Never throws. */
export function readMessage<T>(
  schema: z.ZodType<T>,
  payload: Uint8Array,
  longest: number = LONGEST_GATE_MESSAGE,
): T | undefined {
  if (payload.length > longest) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    // Anybody may publish anything; what cannot be read is the same as nothing, and the caller counts it.
    return undefined;
  }
  return schema.safeParse(json).data;
}
