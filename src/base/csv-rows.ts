/**
 * Reads CSV (RFC 4180) row by row. A row that is none is reported with its line, and the next line goes on: a list has all
 * of its mistakes named at once.
 */

export type CsvRow =
  /** `line` is where it begins, from 1. Cells are without blanks around them. */
  | { readonly kind: 'row'; readonly line: number; readonly cells: readonly string[] }
  /** "got …" of a message. */
  | { readonly kind: 'fault'; readonly line: number; readonly got: string };

/** In UTF-16 units: a longer row is no row of a list, but a quote that was not closed. */
const MAX_ROW = 100_000;
const BLANKS = /[ \t\f\v]/;

/** @param delimiter one character. Lines end with LF, CRLF or CR; one in quotes is part of its cell. */
export function* csvRows(text: string, delimiter: string): Generator<CsvRow> {
  const reader = new CsvReader(text, delimiter);
  for (let row = reader.next(); row !== undefined; row = reader.next()) yield row;
}

class Fault {
  readonly got: string;
  constructor(got: string) {
    this.got = got;
  }
}

class CsvReader {
  readonly #text: string;
  readonly #delimiter: string;
  readonly #endOfCell: RegExp;
  #at = 0;
  #line = 1;

  constructor(text: string, delimiter: string) {
    this.#text = text;
    this.#delimiter = delimiter;
    this.#endOfCell = new RegExp(`[\\r\\n\\u{${delimiter.charCodeAt(0).toString(16)}}]`, 'gu');
  }

  /** @returns undefined at the end. */
  next(): CsvRow | undefined {
    if (this.#at >= this.#text.length) return undefined;
    const [begin, line] = [this.#at, this.#line];
    const cells: string[] = [];
    for (;;) {
      const cell = this.#cell(begin);
      if (cell instanceof Fault) {
        this.#at = begin;
        this.#line = line;
        this.#skipLine();
        return { kind: 'fault', line, got: cell.got };
      }
      cells.push(cell);
      if (this.#text.charAt(this.#at) !== this.#delimiter) break;
      this.#at += 1;
    }
    this.#endOfLine();
    return { kind: 'row', line, cells };
  }

  #cell(begin: number): string | Fault {
    this.#skipBlanks();
    if (this.#text.charAt(this.#at) === '"') return this.#quoted(begin);
    this.#endOfCell.lastIndex = this.#at;
    const end = this.#endOfCell.exec(this.#text)?.index ?? this.#text.length;
    const cell = this.#text.slice(this.#at, end).trim();
    this.#at = end;
    if (cell.includes('"'))
      return new Fault('a quote within a field (put the field in quotes, and write the quote twice)');
    return end - begin > MAX_ROW ? new Fault(`more than ${MAX_ROW} characters`) : cell;
  }

  #quoted(begin: number): string | Fault {
    const parts: string[] = [];
    for (let from = this.#at + 1; ; ) {
      const end = this.#text.indexOf('"', from);
      if (end === -1 || end - begin > MAX_ROW) return new Fault('a quote that is not closed');
      parts.push(this.#text.slice(from, end));
      from = end + 1;
      if (this.#text.charAt(from) === '"') {
        parts.push('"');
        from += 1;
        continue;
      }
      this.#line += this.#text.slice(this.#at, end).match(/\r\n|\r|\n/g)?.length ?? 0;
      this.#at = from;
      break;
    }
    this.#skipBlanks();
    const after = this.#text.charAt(this.#at);
    const isEnd = after === '' || after === this.#delimiter || after === '\r' || after === '\n';
    return isEnd ? parts.join('') : new Fault('text behind a closing quote');
  }

  #skipBlanks(): void {
    for (;;) {
      const one = this.#text.charAt(this.#at);
      if (one === this.#delimiter || !BLANKS.test(one)) return;
      this.#at += 1;
    }
  }

  #skipLine(): void {
    while (this.#at < this.#text.length && !/[\r\n]/.test(this.#text.charAt(this.#at))) this.#at += 1;
    this.#endOfLine();
  }

  #endOfLine(): void {
    if (this.#text.startsWith('\r\n', this.#at)) this.#at += 2;
    else if (this.#at < this.#text.length) this.#at += 1;
    this.#line += 1;
  }
}
