/** Reads the messages of a badge reader, and reports what is wrong with one that cannot be used. */
import { ID_PATTERN } from '../../base/ids.js';
import { type BadgeMessage, badgeMessage, MAX_BADGE_MESSAGE, MAX_DOCUMENT_PHOTO } from './gate-messages.js';

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

/** Never throws: any login may publish anything. */
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
