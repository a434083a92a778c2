/** Maps errors of SQLite to messages with a cause and a hint. */
import { TwinstileError } from '../../../base/errors.js';
import { unusableStorage } from '../unusable-storage.js';

const CASES: readonly (readonly [code: string, got: string, hint: string])[] = [
  [
    'SQLITE_CORRUPT',
    'a damaged one',
    'Restore the file from a backup together with its -wal file, or move it away and enroll again.',
  ],
  ['SQLITE_NOTADB', 'a file of another kind', 'Name another data folder, or move the file away.'],
  ['SQLITE_FULL', 'a full disk', 'Free some space on the disk; nothing that was stored is lost.'],
  ['SQLITE_READONLY', 'one that cannot be written', 'Let the user of the service write to the data folder.'],
  [
    'SQLITE_CANTOPEN',
    'one that cannot be opened',
    'Let the user of the service read and write the data folder.',
  ],
  ['SQLITE_IOERR', 'a disk that fails', 'Check the disk (dmesg, smartctl) and replace it if need be.'],
  [
    'SQLITE_BUSY',
    'one that another process holds',
    'Wait for the other twinstile command to end, then repeat.',
  ],
];

export function storageError(file: string, cause: Error): TwinstileError {
  const code = 'code' in cause ? String(cause.code) : '';
  const known = CASES.find(([each]) => code === each);
  if (known === undefined)
    return new TwinstileError({
      code: 'internal',
      message: `Expected the database ${file} to do as told, got: ${cause.message}.`,
      cause,
    });
  const [, got, hint] = known;
  return unusableStorage(`a usable database at ${file}`, got, hint, cause);
}

/** Whether the file itself is damaged, as opposed to a full disk or another process that holds it. */
export function isDamage(error: unknown): boolean {
  const cause = error instanceof TwinstileError ? error.cause : error;
  return cause instanceof Error && 'code' in cause && DAMAGE.includes(String(cause.code));
}

const DAMAGE: readonly string[] = ['SQLITE_CORRUPT', 'SQLITE_NOTADB'];
