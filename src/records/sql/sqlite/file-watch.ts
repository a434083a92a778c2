/**
 * Detects that the open file is no longer the one at its path. A database that was replaced, restored or deleted stays usable
 * for the process that has it open, without anything written to the new one. Only inspects paths: closing any handle on the
 * file itself would release SQLite's locks (POSIX).
 */
import { stat } from 'node:fs/promises';

/** Absent: there is no such file. */
export type FileIdentity = string | undefined;

export interface FileWatch {
  /** False for ever, once the file or its write-ahead log is gone or replaced. */
  isSame(): Promise<boolean>;
}

/** Device and inode. @throws the error of the file system, other than a missing file. */
export async function identityOf(file: string): Promise<FileIdentity> {
  try {
    const { dev, ino } = await stat(file, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(`${error.code}`))
      return undefined;
    throw error;
  }
}

/** @param opened of the database, as it was opened; its log is made with the first write, and stays as long as it is open. */
export function watchFile(file: string, opened: FileIdentity): FileWatch {
  let log: FileIdentity;
  let gone = false;
  return {
    async isSame() {
      if (gone) return false;
      const [database, now] = await Promise.all([identityOf(file), identityOf(`${file}-wal`)]);
      log ??= now;
      gone = database === undefined || database !== opened || log !== now;
      return !gone;
    },
  };
}
