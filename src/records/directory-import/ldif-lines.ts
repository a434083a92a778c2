/** Splits bytes into the logical lines of RFC 2849: folded lines are joined, comments left out; an empty line ends an entry. */
import { unfit } from './directory-export.js';

export interface Line {
  readonly text: string;
  /** Of its first physical line, from 1. */
  readonly number: number;
}

/** A photograph of 32 MB in base64, folded. */
const MAX_LENGTH = 48 * 1024 * 1024;

/** Keeps one byte per character (latin1), whatever the encoding. @param onComment called with each comment, unfolded. @throws TwinstileError 'bad-arguments'. */
export async function* unfoldedLines(
  chunks: AsyncIterable<Buffer>,
  file: string,
  onComment: (text: string) => void = () => {},
): AsyncGenerator<Line> {
  let parts: string[] = [];
  let length = 0;
  let first = 0;
  const takeLine = (): Line | undefined => {
    if (parts.length === 0) return undefined;
    const line = { text: parts.join(''), number: first };
    parts = [];
    length = 0;
    if (!line.text.startsWith('#')) return line;
    onComment(line.text);
    return undefined;
  };
  for await (const { text, number } of physicalLines(chunks, file)) {
    if (text.startsWith(' ')) {
      if (parts.length === 0)
        throw unfit(`a line that begins an attribute at line ${number} of ${file}`, 'a continuation');
      length += text.length;
      if (length > MAX_LENGTH)
        throw unfit(`attributes of at most 48 MB in ${file}`, `more from line ${first} on`);
      parts.push(text.slice(1));
      continue;
    }
    const before = takeLine();
    if (before !== undefined) yield before;
    if (text === '') yield { text: '', number };
    else {
      parts = [text];
      first = number;
      length = text.length;
    }
  }
  const last = takeLine();
  if (last !== undefined) yield last;
}

async function* physicalLines(chunks: AsyncIterable<Buffer>, file: string): AsyncGenerator<Line> {
  let rest: string[] = [];
  let held = 0;
  let number = 0;
  const whole = (end: string): Line => {
    number += 1;
    const text = rest.length === 0 ? end : [...rest, end].join('');
    rest = [];
    held = 0;
    return { text: text.endsWith('\r') ? text.slice(0, -1) : text, number };
  };
  let isFirst = true;
  for await (const chunk of chunks) {
    const pieces = textOf(chunk, isFirst, file).split('\n');
    isFirst = false;
    const end = pieces.pop() ?? '';
    for (const piece of pieces) yield whole(piece);
    if (end !== '') rest.push(end);
    held += end.length;
    if (held > MAX_LENGTH)
      throw unfit(`lines of at most 48 MB in ${file}`, `a longer one at line ${number + 1}`);
  }
  if (rest.length > 0) yield whole('');
}

/** Removes a byte order mark from the first line. */
function textOf(chunk: Buffer, isFirst: boolean, file: string): string {
  const text = chunk.toString('latin1');
  if (!isFirst) return text;
  if (/^(\xff\xfe|\xfe\xff)/.test(text)) throw unfit(`UTF-8 in ${file}`, 'UTF-16 (export without `-u`)');
  return text.startsWith('\xef\xbb\xbf') ? text.slice(3) : text;
}
