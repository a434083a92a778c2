/** Writes lines of CSV (RFC 4180) that a spreadsheet takes for text, whatever is in them. */
import { escapeForbidden } from './names.js';

/** A spreadsheet reads a cell that begins so as a formula, also in full width, and also after blanks. */
const FORMULA = /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/;

/** One line with its end. A cell that would be a formula begins with an apostrophe; what cannot be printed is escaped. */
export const csvLine = (cells: readonly string[]): string => `${cells.map(cellOf).join(',')}\n`;

function cellOf(text: string): string {
  const shown = escapeForbidden(text);
  const safe = FORMULA.test(shown) ? `'${shown}` : shown;
  return /[",\s]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
