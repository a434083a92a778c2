/**
 * One form for every name and id, so that what means the same is the same, and nothing in a name that writes anywhere else
 * than in its own place: no line break forges a second row, no escape reaches a terminal, no mark turns the text around.
 */
import { ID_PATTERN } from './ids.js';

/** In UTF-16 units, inclusive, as the fleet's segments count it. */
export const MAX_NAME_LENGTH = 256;

/**
 * Control characters (NUL, ESC, line breaks, U+0085), marks that change the direction of writing (UAX #9), separators of
 * lines and paragraphs, halves of surrogate pairs, noncharacters, and U+FFFD: a character that a wrong encoding destroyed.
 */
const FORBIDDEN = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}\p{Noncharacter_Code_Point}\uFFFD]/u;
const EVERY_FORBIDDEN = new RegExp(FORBIDDEN, 'gu');
const INVISIBLE = /[\s\p{Default_Ignorable_Code_Point}]/gu;

type NameRead =
  | { readonly kind: 'name'; readonly name: string }
  /** "got …" of a message; what cannot be printed is escaped in it. */
  | { readonly kind: 'refused'; readonly got: string };

/** Reads a name as it is stored: Unicode form C (UAX #15), without blanks around it. */
export function readName(text: string): NameRead {
  const name = text.normalize('NFC').trim();
  if (name.length > MAX_NAME_LENGTH) return refused(`one of ${name.length} characters`);
  const [strange] = FORBIDDEN.exec(name) ?? [];
  if (strange === '\uFFFD')
    return refused(`a character that its encoding destroyed (${escapeForbidden(name)}): save as UTF-8`);
  if (strange !== undefined) return refused(`${codeOf(strange)} in it (${escapeForbidden(name)})`);
  if (name.replace(INVISIBLE, '') === '') return refused('an empty one');
  return { kind: 'name', name };
}

/** For texts that were stored before this rule: the same text where a name may hold it, else with `\u{…}` in the places. */
export const escapeForbidden = (text: string): string =>
  text.replace(EVERY_FORBIDDEN, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`);

/** What a terminal or a log may be given: several lines, and no escape from a file or message of others. */
export const printable = (text: string): string =>
  text.replace(EVERY_FORBIDDEN, (one) => (one === '\n' || one === '\t' ? one : escapeForbidden(one)));

/** As JSON.stringify, with what cannot be printed escaped as JSON escapes it, so that it stays JSON on a terminal. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(EVERY_FORBIDDEN, (one) =>
    one === '\n' ? one : [...Array(one.length).keys()].map((at) => unitOf(one.charCodeAt(at))).join(''),
  );

const unitOf = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`;

/** Compares ids of people, groups, lanes and zones: two ids with one key mean the same. */
export const idKey = (id: string): string => id.normalize('NFKC').trim().toLowerCase();

/** Pairs of hexadecimal digits, as readers write the serial number of a card: "04:A2:24:B1", "04-a2-24-b1-c8-5e-80". */
const COLON_PAIRS = /^[0-9a-f]{2}(?::[0-9a-f]{2})+$/i;
/** With other separators only from four bytes on: "12-34" is rather a facility and a card. */
const OTHER_PAIRS = /^[0-9a-f]{2}([. -])[0-9a-f]{2}(?:\1[0-9a-f]{2}){2,}$/i;

/**
 * Reads a badge as it is stored: without blanks around it, a serial number in pairs without its separators.
 * @returns undefined for what no badge is.
 */
export function readBadgeText(text: string): string | undefined {
  const badge = text.trim();
  const whole =
    COLON_PAIRS.test(badge) || OTHER_PAIRS.test(badge) ? badge.replace(/[:. -]/g, '').toUpperCase() : badge;
  return ID_PATTERN.test(whole) ? whole : undefined;
}

/** Compares badges: two badges with one key are one card, whichever way a reader or an office writes it. */
export const badgeKey = (badge: string): string => (readBadgeText(badge) ?? badge.trim()).toLowerCase();

/** Badges that have one of these are rather one card that was written down by two programs: without separators and leading zeros. */
export const looseBadgeKey = (badge: string): string =>
  badgeKey(badge)
    .replace(/[^a-z0-9]/g, '')
    .replace(/^0+(?=.)/, '');

/** Names that mean the same and are not written the same, each once with all its spellings. */
export function doublesAmong(
  names: Iterable<string>,
  keyOf: (name: string) => string = idKey,
): readonly (readonly string[])[] {
  const spellings = new Map<string, Set<string>>();
  for (const name of names) {
    const key = keyOf(name);
    const known = spellings.get(key);
    if (known === undefined) spellings.set(key, new Set([name]));
    else known.add(name);
  }
  return [...spellings.values()].filter(({ size }) => size > 1).map((set) => [...set].sort());
}

const refused = (got: string): NameRead => ({ kind: 'refused', got });

const codeOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
