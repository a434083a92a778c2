/** SCIM 2.0 (RFC 7644): one or more answers to GET /Users, as JSON. */
import path from 'node:path';
import { z } from 'zod';
import { TwinstileError } from '../../base/errors.js';
import { readPlainFile } from '../../base/plain-file.js';
import { readUtf8 } from '../../base/utf8.js';
import type { DirectoryEntry, DirectoryExport, DirectoryValue } from '../../ports/directory.js';
import { readBeside } from './beside.js';
import { notUtf8, unfit } from './unfit.js';

const LARGEST = 1024 * 1024 * 1024;
const DEEPEST = 8;
const resource = z.record(z.string(), z.unknown());
const answer = z.object({
  totalResults: z.int().min(0).optional(),
  Resources: z.array(resource).default([]),
});
const DATA = /^data:image\/[a-z0-9.+-]+;base64,([A-Za-z0-9+/]*={0,2})$/i;

type Values = Map<string, DirectoryValue[]>;

/** Pages of one answer are one export; how many resources they lack of what the service counted is known afterwards. */
export function openScim(files: readonly string[]): DirectoryExport {
  let left = 0;
  return {
    async *entries() {
      let [there, counted] = [0, 0];
      for (const file of files) {
        const { Resources, totalResults = 0 } = await readPage(file);
        there += Resources.length;
        counted = Math.max(counted, totalResults);
        for (const [index, one] of Resources.entries())
          yield await entryOf(one, `resource ${index + 1} of ${file}`, file);
      }
      left = Math.max(0, counted - there);
    },
    left: () => left,
  };
}

async function readPage(file: string): Promise<z.infer<typeof answer>> {
  let content: unknown;
  try {
    const read = readUtf8(await readPlainFile(file, { maxBytes: LARGEST, refuse: unfit }));
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
  const page = answer.safeParse(Array.isArray(content) ? { Resources: content } : content);
  if (!page.success || typeof content !== 'object')
    throw unfit(`a ListResponse with Resources in ${file}`, 'JSON of another kind');
  return page.data;
}

async function entryOf(
  one: Readonly<Record<string, unknown>>,
  where: string,
  file: string,
): Promise<DirectoryEntry> {
  const attributes: Values = new Map();
  const { photos, ...rest } = one;
  gather(attributes, '', rest, 0);
  const list = Array.isArray(photos) ? photos : photos === undefined ? [] : [photos];
  const pictures = await Promise.all(list.map((photo: unknown) => pictureOf(photo, path.dirname(file))));
  if (pictures.length > 0) attributes.set('photos', pictures);
  const name = attributes.get('username')?.[0];
  return { where: name instanceof Uint8Array ? `${where} (${Buffer.from(name)})` : where, attributes };
}

/** `name.givenName` is one attribute; those of a schema extension have a name without the schema as well. */
function gather(values: Values, name: string, content: unknown, depth: number): void {
  if (depth > DEEPEST || content === null || content === undefined) return;
  if (Array.isArray(content)) {
    for (const item of content) gather(values, name, item, depth + 1);
  } else if (typeof content === 'object') {
    for (const [key, item] of Object.entries(content)) {
      const isSchema = key.toLowerCase().startsWith('urn:');
      gather(values, isSchema ? name : join(name, key), item, depth + 1);
      if (key === 'value') gather(values, name, item, depth + 1);
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
  return readBeside(value, folder);
}
