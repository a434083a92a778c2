/** `twinstile enroll --csv-template`: a list to begin with. */
import { writeFile } from 'node:fs/promises';
import { TwinstileError } from '../../base/errors.js';
import { systemReason } from '../../base/system-error.js';
import type { OfficeDependencies } from '../office-dependencies.js';
import { LIST_COLUMNS } from './list-row.js';

/**
 * Writes the line of names to a new file, or prints it where no file is named, and explains what the columns hold.
 * @throws TwinstileError 'bad-arguments' where a file of that name is there, or cannot be made.
 */
export async function writeTemplate({ print }: OfficeDependencies, file: string | true): Promise<void> {
  const header = Object.keys(LIST_COLUMNS).join(',');
  if (file === true) return print(header);
  try {
    // By the byte order mark a spreadsheet opens, and saves, the list as UTF-8.
    await writeFile(file, `\uFEFF${header}\r\n`, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    const reason = systemReason(cause);
    if (reason === undefined) throw cause;
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected to make ${file}, got ${reason.got}.`,
      hint: reason.todo,
      cause,
    });
  }
  print(`${file} is a list without people: one line for each photograph, in these columns.`);
  for (const [column, meaning] of Object.entries(LIST_COLUMNS)) print(`  ${column.padEnd(12)} ${meaning}`);
  print('Fill it in, save it as "CSV UTF-8", then: twinstile enroll --csv FILE --consent-text VERSION');
}
