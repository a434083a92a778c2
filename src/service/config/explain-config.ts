/** Lists every key with meaning, default and unit, derived from the schema. */
import { z } from 'zod';
import { lazily } from '../../base/lazily.js';
import { configSchema } from './config-schema.js';

export interface KeyRow {
  /** "lanes[].pulse_ms" */
  readonly path: string;
  readonly meaning: string;
  /** The default as it would be written; absent when the key has none. */
  readonly byDefault?: string;
  readonly required: boolean;
  /** "ms", "px"…; empty when it has none. */
  readonly unit: string;
}

interface Node {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

/** JSON Schema (2020-12) of the configuration file, for editors. */
export const jsonSchema = (): Readonly<Record<string, unknown>> =>
  z.toJSONSchema(configSchema, { io: 'input' }) as Readonly<Record<string, unknown>>;

/** @param under a path such as "lanes" or "mqtt.url": only that key and its children; all keys when absent. */
export function explainKeys(under?: string): readonly KeyRow[] {
  const wanted = under?.replaceAll(/\[\d*\]/g, '');
  return allRows().filter(({ path }) => {
    const plain = path.replaceAll('[]', '');
    return wanted === undefined || plain === wanted || plain.startsWith(`${wanted}.`);
  });
}

/** Cached: computed again for each problem of a file, it took most of the time of a check. */
const allRows = lazily(() => rowsOf(jsonSchema(), ''));

function rowsOf(node: Node, above: string): readonly KeyRow[] {
  const branches = [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  const seen = new Map<string, KeyRow>();
  for (const branch of branches)
    for (const [name, child] of Object.entries(branch.properties ?? {}))
      for (const row of keyRows(name, child, above, branch.required?.includes(name) ?? false))
        if (!seen.has(row.path)) seen.set(row.path, row);
  return [...seen.values()];
}

function keyRows(name: string, node: Node, above: string, required: boolean): readonly KeyRow[] {
  const path = above === '' ? name : `${above}.${name}`;
  const own: KeyRow = {
    path,
    meaning: node.description ?? '',
    byDefault: node.default === undefined ? undefined : written(node.default),
    required: required && node.default === undefined,
    unit: /_(ms|px)$/.exec(name)?.[1] ?? '',
  };
  return [own, ...(node.items === undefined ? rowsOf(node, path) : rowsOf(node.items, `${path}[]`))];
}

const written = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Names of the keys directly under a path. */
export const keysUnder = (path: string): readonly string[] =>
  explainKeys()
    .map((row) => row.path)
    .filter((key) => key.slice(0, Math.max(0, key.lastIndexOf('.'))) === path)
    .map((key) => key.slice(key.lastIndexOf('.') + 1));

export const meaningOf = (path: string): string | undefined =>
  explainKeys().find((row) => row.path === path)?.meaning;
