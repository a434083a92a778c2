/** Reads LDIF files (RFC 2849) as the export of a directory. */
import path from 'node:path';
import { isUtf8 } from '../../base/utf8.js';
import { openPlainFile } from '../../platform/plain-file.js';
import {
  type DirectoryEntry,
  type DirectoryExport,
  type DirectoryValue,
  notUtf8,
  readPhotoFile,
  unfit,
} from './directory-export.js';
import { type Line, unfoldedLines } from './ldif-lines.js';

const ATTRIBUTE = /^([A-Za-z0-9][A-Za-z0-9.-]*)((?:;[A-Za-z0-9-]+)*):([:<]?) *(.*)$/s;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** Attributes by which `ldapsearch` reports on the search itself, between the entries. */
const REMARKS: readonly string[] = [
  'search',
  'result',
  'control',
  'ref',
  'version',
  'pagedresults',
  'numresponses',
  'numentries',
];

/** Opens several LDIF files (RFC 2849) as one export. */
export function openLdif(files: readonly string[]): DirectoryExport {
  let ending: SearchEnding = {};
  return {
    async *entries() {
      ending = {};
      for (const file of files)
        yield* entriesOf(file, (found) => {
          ending = { ...ending, ...found };
        });
    },
    missingCount: () => 0,
    incomplete: () => {
      if (ending.failed !== undefined) return `a search that ended with "${ending.failed}"`;
      if (ending.isCutOff === true) return 'a search without its end (no "result:" line)';
      return ending.hasMore === true ? 'one page of several (its cookie asks for the next)' : undefined;
    },
  };
}

/** What `ldapsearch` reports on the search itself; of a search by pages the last report on a next page counts. */
interface SearchEnding {
  readonly failed?: string;
  readonly hasMore?: boolean;
  /** The head of its output is there, and no line on how it ended. */
  readonly isCutOff?: boolean;
}

/** `ldapsearch` writes this at the head, in the same forms (none, -L) in which it writes the result. */
const HEAD = /^# ?LDAPv\d/i;
const RESULT = /^#? ?result:/i;

/** Reads such a line: with -L it is a comment, with -LL and -LLL it is missing. */
function endingIn(line: string): SearchEnding {
  const [, name = '', value = ''] = /^#? ?(result|pagedresults): *(.*)$/i.exec(line) ?? [];
  if (name === '') return {};
  if (name.toLowerCase() !== 'result') return { hasMore: /cookie=[^\s]/i.test(value) };
  if (/^0(\D|$)/.test(value)) return {};
  return { failed: value.trim().slice(0, 80) || 'nothing' };
}

async function* entriesOf(
  file: string,
  onEnding: (found: SearchEnding) => void,
): AsyncGenerator<DirectoryEntry> {
  let isSearch = false;
  let hasEnded = false;
  const onReport = (text: string): void => {
    isSearch ||= HEAD.test(text);
    hasEnded ||= RESULT.test(text);
    onEnding(endingIn(text));
  };
  let entry: Line[] = [];
  try {
    const handle = await openPlainFile(file, { refuse: unfit });
    for await (const line of unfoldedLines(handle.createReadStream(), file, onReport)) {
      if (line.text !== '') {
        entry.push(line);
        continue;
      }
      const read = await readEntry(entry, file, onReport);
      entry = [];
      if (read !== undefined) yield read;
    }
  } catch (cause) {
    if (
      cause instanceof Error &&
      'code' in cause &&
      typeof cause.code === 'string' &&
      /^E[A-Z]+$/.test(cause.code)
    )
      throw unfit(`an LDIF export at ${file}`, 'no file that can be read', cause);
    throw cause;
  }
  const last = await readEntry(entry, file, onReport);
  if (last !== undefined) yield last;
  if (isSearch && !hasEnded) onEnding({ isCutOff: true });
}

async function readEntry(
  lines: readonly Line[],
  file: string,
  onReport: (text: string) => void,
): Promise<DirectoryEntry | undefined> {
  const attributes = new Map<string, DirectoryValue[]>();
  for (const line of lines) {
    const { name, value } = await readLine(line, file);
    const values = attributes.get(name);
    if (values === undefined) attributes.set(name, [value]);
    else values.push(value);
  }
  const [first] = lines;
  if (first === undefined) return undefined;
  if ([...attributes.keys()].every((name) => REMARKS.includes(name))) {
    for (const { text } of lines) onReport(text);
    return undefined;
  }
  const where = `line ${first.number} of ${file}`;
  const change = attributes.get('changetype')?.map(textOf)[0];
  if (change !== undefined && change !== 'add')
    throw unfit(`entries in ${file}`, `a list of changes (${change}) at ${where}`);
  const dn = attributes.get('dn')?.map(textOf)[0];
  if (dn === undefined)
    throw unfit(`an entry that begins with dn: at ${where}`, `'${first.text.slice(0, 40)}'`);
  return { where: `${where} (${dn})`, attributes };
}

async function readLine(
  { text, number }: Line,
  file: string,
): Promise<{ name: string; value: DirectoryValue }> {
  const [, name, , kind, content = ''] = ATTRIBUTE.exec(text) ?? [];
  if (name === undefined)
    throw unfit(`attribute: value at line ${number} of ${file}`, `'${text.slice(0, 40)}'`);
  const value = await readValue(
    kind ?? '',
    content.trimEnd(),
    `line ${number} of ${file}`,
    path.dirname(file),
  );
  return { name: name.toLowerCase(), value };
}

async function readValue(
  kind: string,
  content: string,
  where: string,
  folder: string,
): Promise<DirectoryValue> {
  if (kind === '<') return readPhotoFile(Buffer.from(content, 'latin1').toString('utf8'), folder);
  if (kind === '') {
    const bytes = Buffer.from(content, 'latin1');
    if (!isUtf8(bytes)) throw notUtf8(where);
    return bytes;
  }
  // A truncated file must not be read as one with a smaller photograph.
  if (content.length % 4 !== 0 || !BASE64.test(content)) throw unfit(`base64 at ${where}`, 'something else');
  return Buffer.from(content, 'base64');
}

const textOf = (value: DirectoryValue): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : '';
