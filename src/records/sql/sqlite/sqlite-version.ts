/** Lists the versions of SQLite that may keep the gallery, and refuses those that lose data. */
import { TwinstileError } from '../../../base/errors.js';
import type { Sql } from '../../sql-port.js';

interface Fault {
  /** Inclusive. */
  readonly from: string;
  /** Exclusive. */
  readonly before: string;
  readonly why: string;
}

/** From sqlite.org/changes.html and sqlite.org/wal.html, read 2026-11-30. */
const FAULTS: readonly Fault[] = [
  {
    from: '3.7.0',
    before: '3.51.3',
    why: 'a write-ahead log that is reset while another process reads it can damage the file',
  },
  { from: '3.52.0', before: '3.52.1', why: 'it was withdrawn by its makers' },
];

/** @param version "3.54.1". @returns why no gallery may be kept with it; undefined for one that may be used. */
export function faultOfSqlite(version: string): string | undefined {
  const at = numberOf(version);
  if (at === undefined) return 'its version cannot be read';
  return FAULTS.find(({ from, before }) => at >= (numberOf(from) ?? 0) && at < (numberOf(before) ?? 0))?.why;
}

/** @throws TwinstileError 'setup-incomplete' for a version that can lose data: nothing was written by it yet. */
export async function expectSoundSqlite(sql: Sql): Promise<void> {
  const version = await sqliteVersion(sql);
  const why = faultOfSqlite(version);
  if (why === undefined) return;
  throw new TwinstileError({
    code: 'setup-incomplete',
    message: `Expected a SQLite that keeps what is written, got ${version}: ${why}.`,
    hint: 'Run ./scripts/setup in the project folder, or install the current package: both carry a current SQLite.',
  });
}

export async function sqliteVersion(sql: Sql): Promise<string> {
  const found = await sql.one<{ readonly version: string }>('SELECT sqlite_version() AS version');
  return found?.version ?? '';
}

/** 3.54.1 as 3054001, the number that SQLite itself uses. */
function numberOf(version: string): number | undefined {
  const [, major, minor, patch = '0'] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(version) ?? [];
  return major === undefined ? undefined : Number(major) * 1_000_000 + Number(minor) * 1000 + Number(patch);
}
