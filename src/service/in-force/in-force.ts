/**
 * Records in the chain what is in force on a box by its configuration and its files, whenever it differs from the newest row
 * of the kind. A row has a keyed digest of each part, so that the next one can name the parts that changed, and so that
 * group members and keys cannot be found by trying.
 */
import { createHash } from 'node:crypto';
import { type Act, type ActSource, recordActIn } from '../../records/journal/act.js';
import { canonicalJson } from '../../records/journal/chain.js';
import type { JournalRow } from '../../records/journal/journal.js';
import type { TemplateCipher } from '../../records/people/template-cipher.js';
import { openTagsFor } from '../../records/people/tombstones.js';
import type { Sql } from '../../records/sql-port.js';

export type InForceAct = 'rules-changed' | 'models-changed' | 'keys-changed';

/** Parts by names that administrators can read, each with its keyed digest. */
type PartTags = ReadonlyMap<string, string>;

export interface InForce {
  readonly act: InForceAct;
  readonly parts: PartTags;
  /** Further fields of the row. */
  readonly facts?: Readonly<Record<string, string>>;
}

/** Turns a part's value, which must be JSON, into its digest. */
export type PartTag = (value: unknown) => string;

/** 64 bits: enough to detect a change, and a row with a thousand parts stays below 100 KB. */
const TAG_LENGTH = 16;
/** More names are counted. */
const MAX_NAMED = 50;

/** In a transaction that may write. */
export async function openPartTag(sql: Sql, cipher: TemplateCipher): Promise<PartTag> {
  const tag = await openTagsFor(sql, cipher, 'what is in force');
  return (value) =>
    Buffer.from(tag(canonicalJson([value])))
      .toString('hex')
      .slice(0, TAG_LENGTH);
}

export const tagged = (tag: PartTag, parts: ReadonlyMap<string, unknown>): PartTags =>
  new Map([...parts].map(([name, value]) => [name, tag(value)]));

/** @returns the row; undefined when the newest one of its kind has the same digest. */
export async function recordInForceIn(
  sql: Sql,
  acts: ActSource,
  { act, parts, facts }: InForce,
): Promise<JournalRow | undefined> {
  const before = await newestIn(sql, act);
  const digest = digestOf(parts);
  if (before?.digest === digest) return undefined;
  const known = before?.parts ?? new Map<string, string>();
  const names = [...parts.keys()];
  const row: Act = {
    ...facts,
    act,
    digest_before: before?.digest ?? null,
    digest_after: digest,
    ...named(
      'added',
      names.filter((name) => !known.has(name)),
    ),
    ...named(
      'changed',
      names.filter((name) => known.has(name) && known.get(name) !== parts.get(name)),
    ),
    ...named(
      'removed',
      [...known.keys()].filter((name) => !parts.has(name)),
    ),
    parts: Object.fromEntries(parts),
  };
  return recordActIn(sql, acts, row);
}

function named(field: string, names: readonly string[]): Record<string, unknown> {
  if (names.length === 0) return {};
  if (names.length <= MAX_NAMED) return { [field]: names };
  return { [field]: names.slice(0, MAX_NAMED), [`${field}_more`]: names.length - MAX_NAMED };
}

interface Newest {
  readonly digest: string;
  readonly parts: PartTags;
}

/** By the text of its canonical JSON, which no value inside of it can look like. */
async function newestIn(sql: Sql, act: InForceAct): Promise<Newest | undefined> {
  const row = await sql.one<{ readonly body: string }>(
    `SELECT body FROM journal WHERE kind = 'act' AND body LIKE ? ORDER BY seq DESC LIMIT 1`,
    `%"act":"${act}"%`,
  );
  if (row === undefined) return undefined;
  const body = JSON.parse(row.body) as { digest_after?: unknown; parts?: Record<string, string> };
  return {
    digest: String(body.digest_after),
    parts: new Map(Object.entries(body.parts ?? {})),
  };
}

const digestOf = (parts: PartTags): string =>
  createHash('sha256')
    .update(canonicalJson(Object.fromEntries(parts)))
    .digest('hex');
