/** What a directory service (LDAP, Active Directory, an identity provider) exported. */

/** Bytes, which may be text in UTF-8; or why there are none. */
export type DirectoryValue = Uint8Array | { readonly unusable: string };

export interface DirectoryEntry {
  /** For the report: "line 12 of FILE (uid=ada,ou=people)". */
  readonly where: string;
  /** By names in lower case, without options such as ";binary". */
  readonly attributes: ReadonlyMap<string, readonly DirectoryValue[]>;
}

export interface DirectoryExport {
  /** From the beginning each time: an export of many photographs does not fit into memory. @throws TwinstileError 'bad-arguments'. */
  entries(): AsyncIterable<DirectoryEntry>;
  /** Known after the entries were read: how many more the directory reports to have; 0 when it reports no number. */
  missingCount(): number;
  /** Known after the entries were read: why this cannot be the full export; absent or undefined without a sign of that. */
  incomplete?(): string | undefined;
}
