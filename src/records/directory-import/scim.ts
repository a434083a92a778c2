/** Reads a SCIM 2.0 export (RFC 7644): one or more responses to GET /Users, as JSON. */
import path from 'node:path';
import { z } from 'zod';
import { TwinstileError } from '../../base/errors.js';
import { readUtf8 } from '../../base/utf8.js';
import { readPlainFile } from '../../platform/plain-file.js';
import {
  type DirectoryEntry,
  type DirectoryExport,
  type DirectoryValue,
  notUtf8,
  readPhotoFile,
  unfit,
} from './directory-export.js';

const MAX_BYTES = 1024 * 1024 * 1024;
const MAX_DEPTH = 8;
const resource = z.record(z.string(), z.unknown());
const answer = z.object({
  totalResults: z.int().min(0).optional(),
  Resources: z.array(resource).default([]),
});
const DATA = /^data:image\/[a-z0-9.+-]+;base64,([A-Za-z0-9+/]*={0,2})$/i;

type Values = Map<string, DirectoryValue[]>;

/** Opens pages of one response as one export; how many resources they lack of the service's total is known afterwards. */
export function openScim(files: readonly string[]): DirectoryExport {
  let left = 0;
  let part: string | undefined;
  return {
    async *entries() {
      let [there, counted] = [0, 0];
      part = undefined;
      for (const file of files) {
        const { Resources, totalResults = 0, incomplete } = await readPage(file);
        part = incomplete;
        there += Resources.length;
        counted = Math.max(counted, totalResults);
        for (const [index, one] of Resources.entries())
          yield await entryOf(one, `resource ${index + 1} of ${file}`, file);
      }
      left = Math.max(0, counted - there);
    },
    missingCount: () => left,
    // The last of several pages shows whether there are more.
    incomplete: () => part,
  };
}

type Page = z.infer<typeof answer> & { readonly incomplete?: string };

async function readPage(file: string): Promise<Page> {
  let content: unknown;
  try {
    const read = readUtf8(await readPlainFile(file, { maxBytes: MAX_BYTES, refuse: unfit }));
    if (read.kind === 'refused') throw notUtf8(`line ${read.line} of ${file}`, read.got);
    content = JSON.parse(read.text);
  } catch (cause) {
    if (cause instanceof TwinstileError) throw cause;
    throw unfit(
      `a SCIM export (JSON) at ${file}`,
      cause instanceof Error ? cause.message.slice(0, 100) : 'none',
      cause,
    );
  }
  return pageOf(content, file);
}

/** Rejects responses other than a ListResponse, which must not be read as an empty directory. */
function pageOf(content: unknown, file: string): Page {
  const other = (got: string): TwinstileError => unfit(`a ListResponse with Resources in ${file}`, got);
  const read = (value: unknown, got: string): Page => {
    const page = answer.safeParse(value);
    if (page.success) return page.data;
    throw other(got);
  };
  if (Array.isArray(content)) return read({ Resources: content }, 'a list of other things than resources');
  if (typeof content !== 'object' || content === null) throw other('JSON of another kind');
  const fields = content as Readonly<Record<string, unknown>>;
  const schemas = [fields.schemas].flat().map(String);
  const isA = (kind: string): boolean => schemas.some((schema) => schema.toLowerCase().endsWith(`:${kind}`));
  if (isA('error') || (fields.error !== undefined && fields.Resources === undefined))
    throw other(`an error of the service (${reasonIn(fields)})`);
  if (Array.isArray(fields.value) && fields.Resources === undefined) {
    const page = read({ Resources: fields.value }, 'a list of other things than users');
    return fields['@odata.nextLink'] === undefined
      ? page
      : { ...page, incomplete: 'one page of several (@odata.nextLink)' };
  }
  if (fields.Resources !== undefined || (isA('listresponse') && fields.totalResults !== undefined))
    return read(content, 'one whose Resources are no list of resources');
  if (isA('user') || (typeof fields.userName === 'string' && schemas.length === 0 && fields.id !== undefined))
    return { Resources: [fields], incomplete: 'a single user' };
  throw other('JSON of another kind');
}

function reasonIn({ detail, status, error }: Readonly<Record<string, unknown>>): string {
  const inner = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
  return [status, detail ?? inner]
    .filter((one) => one !== undefined)
    .map(String)
    .join(': ')
    .slice(0, 120);
}

async function entryOf(
  one: Readonly<Record<string, unknown>>,
  where: string,
  file: string,
): Promise<DirectoryEntry> {
  const attributes: Values = new Map();
  const { photos, ...rest } = one;
  flatten(attributes, '', rest, 0);
  const list = Array.isArray(photos) ? photos : photos === undefined ? [] : [photos];
  const pictures = await Promise.all(list.map((photo: unknown) => pictureOf(photo, path.dirname(file))));
  if (pictures.length > 0) attributes.set('photos', pictures);
  const name = attributes.get('username')?.[0];
  return { where: name instanceof Uint8Array ? `${where} (${Buffer.from(name)})` : where, attributes };
}

/** Flattens a resource: `name.givenName` is one attribute; those of a schema extension are named without the schema as well. */
function flatten(values: Values, name: string, content: unknown, depth: number): void {
  if (depth > MAX_DEPTH || content === null || content === undefined) return;
  if (Array.isArray(content)) {
    for (const item of content) flatten(values, name, item, depth + 1);
  } else if (typeof content === 'object') {
    for (const [key, item] of Object.entries(content)) {
      const isSchema = key.toLowerCase().startsWith('urn:');
      flatten(values, isSchema ? name : join(name, key), item, depth + 1);
      if (key === 'value') flatten(values, name, item, depth + 1);
    }
  } else {
    const list = values.get(name.toLowerCase());
    const value = Buffer.from(String(content));
    if (list === undefined) values.set(name.toLowerCase(), [value]);
    else list.push(value);
  }
}

const join = (above: string, key: string): string => (above === '' ? key : `${above}.${key}`);

async function pictureOf(photo: unknown, folder: string): Promise<DirectoryValue> {
  const value = typeof photo === 'object' && photo !== null && 'value' in photo ? photo.value : photo;
  if (typeof value !== 'string') return { unusable: 'a photo without a value' };
  const [, data] = DATA.exec(value) ?? [];
  if (data !== undefined) return Buffer.from(data, 'base64');
  return readPhotoFile(value, folder);
}
