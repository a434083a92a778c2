/** Reads whether an account is closed and when it ends, which each kind of directory writes in its own way. */
import { dayAfter, instantOf, isDate } from '../../base/local-time.js';
import { type WallTime, wallTime } from '../../base/units.js';

/** Times at which an account ends; read in addition to those that are mapped; the earliest counts. */
export const ACCOUNT_ENDS: readonly string[] = [
  'accountexpires',
  'shadowexpire',
  // FreeIPA and MIT Kerberos, OpenLDAP, eDirectory, Samba.
  'krbprincipalexpiration',
  'pwdendtime',
  'loginexpirationtime',
  'sambakickofftime',
];

/** What a value means; undefined for one that is not known. */
type Mark = (value: string) => 'closed' | 'open' | undefined;

const words =
  (closed: readonly string[], open: readonly string[]): Mark =>
  (value) =>
    closed.includes(value) ? 'closed' : open.includes(value) ? 'open' : undefined;
const locked = words(['true', 'yes', '1'], ['false', 'no', '0']);
const enabled = words(['false', 'no', '0'], ['true', 'yes', '1']);
const status = words(['inactive', 'deleted', 'disabled', 'removed', 'suspended'], ['active', 'enabled']);
/** Of userAccountControl. */
const ACCOUNT_DISABLED = 2;

const MARKS: Readonly<Record<string, Mark>> = {
  // Active Directory, and AD LDS.
  useraccountcontrol: (value) =>
    /^\d{1,10}$/.test(value) ? ((Number(value) & ACCOUNT_DISABLED) === 0 ? 'open' : 'closed') : undefined,
  'msds-useraccountdisabled': locked,
  // SCIM, Microsoft Graph.
  active: enabled,
  accountenabled: enabled,
  // 389 and Sun Directory Server, eDirectory.
  nsaccountlock: locked,
  inetuserstatus: status,
  logindisabled: locked,
  // OpenLDAP: any time at which it was locked, 000001010000Z by an administrator.
  pwdaccountlockedtime: () => 'closed',
  sambaacctflags: (value) =>
    /^\[[a-z ]*\]$/.test(value) ? (/d/.test(value) ? 'closed' : 'open') : undefined,
};

const SUSPECT =
  /disabled|deactivat|locked|lockout|accountlock|expir|inactive|suspend|terminat|enabled|(account|user|login|employee)status|endtime|enddate/;
/** Of the password, of one wrong guess after another, or of a tool: none of them closes an account. */
const HARMLESS =
  /password|passwd|^pwd(changed|policy|grace|failure|expir)|^bad|^lockout(time|duration)$|computed$|^shadow(inactive|warning)|certificate|^logingrace|^loginintruder/;

interface AccountMarks {
  readonly closed: boolean;
  /** In words, for the report. */
  readonly notUnderstood: readonly string[];
}

/**
 * Reads the marks of an account. A known mark with an unknown value closes the account: a value that is not understood must
 * not admit a person. An attribute that only looks like a mark is reported.
 * @param valuesOf texts of an attribute by its name in lower case. @param mapped attributes that were read as something else.
 */
export function accountMarks(
  names: Iterable<string>,
  valuesOf: (name: string) => readonly string[],
  mapped: readonly string[],
): AccountMarks {
  let closed = false;
  const notUnderstood: string[] = [];
  for (const name of names) {
    const mark = Object.hasOwn(MARKS, name) ? MARKS[name] : undefined;
    const values = valuesOf(name);
    if (mark === undefined) {
      const isOther = ACCOUNT_ENDS.includes(name) || mapped.includes(name) || HARMLESS.test(name);
      if (values.length > 0 && !isOther && SUSPECT.test(name))
        notUnderstood.push(`${name} may say that the account is closed, which is not understood here`);
      continue;
    }
    for (const value of values) {
      const meaning = mark(value.toLowerCase());
      if (meaning !== 'open') closed = true;
      if (meaning === undefined)
        notUnderstood.push(
          `${name} says '${value.slice(0, 40)}', which is not understood: the account is taken for closed`,
        );
    }
  }
  return { closed, notUnderstood };
}

/** 'never' is a valid end; undefined is a text that is not a time. */
type AccountTime = WallTime | 'never' | undefined;

export interface DayRule {
  /** Whether a date without a time counts to its end. */
  readonly end: boolean;
  /** IANA time zone of the dates. */
  readonly zone: string;
}

/** Active Directory counts steps of 100 ns from 1601, and has two values for never. */
const FILETIME_EPOCH_MS = 11_644_473_600_000;
const FILETIME_NEVER = '9223372036854775807';
const DAY_MS = 86_400_000;
const GENERALIZED = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})?(\d{2})?(?:[.,]\d+)?(Z|[+-]\d{2}(?:\d{2})?)$/;
const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads the end of an account, which directories write in four formats; a date means the end of that day.
 * @param attribute in lower case: `accountexpires` is a file time, `shadowexpire` a number of days from 1970 on,
 * `sambakickofftime` of seconds; anything else is ISO 8601 or GeneralizedTime (RFC 4517).
 */
export function readAccountTime(attribute: string, text: string, { end, zone }: DayRule): AccountTime {
  if (attribute === 'accountexpires' && /^\d{1,19}$/.test(text)) {
    if (text === '0' || text === FILETIME_NEVER) return 'never';
    return plausible(Number(BigInt(text) / 10_000n) - FILETIME_EPOCH_MS);
  }
  if (attribute === 'shadowexpire' && /^-?\d{1,7}$/.test(text))
    return Number(text) < 0
      ? 'never'
      : startOf(new Date(Number(text) * DAY_MS).toISOString().slice(0, 10), zone);
  if (attribute === 'sambakickofftime' && /^-?\d{1,12}$/.test(text)) return plausible(Number(text) * 1000);
  if (isDate(text)) return startOf(end ? dayAfter(text) : text, zone);
  if (ISO_INSTANT.test(text)) return plausible(Date.parse(text));
  return fromGeneralized(text);
}

const startOf = (date: string, zone: string): AccountTime =>
  isDate(date) ? plausible(instantOf(zone, date)) : 'never';

function fromGeneralized(text: string): AccountTime {
  const found = GENERALIZED.exec(text);
  if (found === null) return undefined;
  const [, year, month, day, hour, minute = '00', second = '00', zone = 'Z'] = found;
  const offset = zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3) || '00'}`;
  return plausible(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`));
}

/** A time beyond the year 9999 means never. */
function plausible(at: number): AccountTime {
  if (!Number.isFinite(at)) return undefined;
  return at > Date.UTC(9999, 0) ? 'never' : wallTime(at);
}
