/** Recognises the attributes by which each kind of directory marks a closed account. */

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
