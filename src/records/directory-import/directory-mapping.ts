/** Maps attributes of a directory to fields of a person. */
import { ACCOUNT_ENDS } from './account-marks.js';

/** Names of attributes in lower case; the first that has a value counts. An empty list: the directory does not provide the field. */
export interface Mapping {
  readonly id: readonly string[];
  readonly name: readonly string[];
  readonly badge: readonly string[];
  readonly photo: readonly string[];
  readonly groups: readonly string[];
  readonly validFrom: readonly string[];
  readonly validUntil: readonly string[];
  /** The version of the text agreed to. */
  readonly consent: readonly string[];
}

export const FIELDS: Readonly<Record<string, keyof Mapping>> = {
  id: 'id',
  name: 'name',
  badge: 'badge',
  photo: 'photo',
  groups: 'groups',
  valid_from: 'validFrom',
  valid_until: 'validUntil',
  consent: 'consent',
};

/** What OpenLDAP, Active Directory and SCIM use, so that most exports need no mapping. No standard has badges and consent. */
export const DEFAULT_MAPPING: Mapping = {
  id: ['employeenumber', 'uid', 'samaccountname', 'externalid', 'username'],
  name: ['displayname', 'cn', 'name.formatted'],
  badge: [],
  photo: ['jpegphoto', 'thumbnailphoto', 'photos'],
  groups: ['memberof', 'groups.display', 'groups'],
  validFrom: [],
  validUntil: ACCOUNT_ENDS,
  consent: [],
};

/** Rules of an import, in addition to the export itself. */
export interface ImportRules {
  readonly mapping: Mapping;
  /** Access groups by the directory's: its whole name or the first part of it ("cn=cleaners,ou=…" or "cleaners"), in lower case. */
  readonly groups: ReadonlyMap<string, string>;
  /** Group of all people of the export, by which the next import recognises who came from the directory. */
  readonly mark: string;
  /** IANA time zone whose days its dates are. */
  readonly zone: string;
}
