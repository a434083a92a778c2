/** Lists every key with meaning, default and unit, derived from the schema. */
import { z } from 'zod';
import { lazily } from '../../base/lazily.js';
import { configSchema } from './config-schema.js';
import { HIGHEST_RATE, RATE_PATTERN, rateInput } from './sections/value-schemas.js';

export interface KeyRow {
  /** "lanes[].pulse_ms" */
  readonly path: string;
  readonly meaning: string;
  /** The default as it would be written; absent when the key has none. */
  readonly byDefault?: string;
  readonly required: boolean;
  /** "ms", "px"…; empty when it has none. */
  readonly unit: string;
  /** Of a union: the kinds of the group that have this key; absent where all have it. */
  readonly kinds?: readonly string[];
  /** What may be written, where only a few words may. */
  readonly choices?: readonly string[];
}

interface Node {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

/** Without these a box serves nothing; a registrar has none of them. */
const OF_A_BOX: readonly string[] = ['mqtt', 'grants', 'lanes'];

/** JSON Schema (2020-12) of the configuration file, for editors. */
export function jsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema: node }) => {
      if (zodSchema === rateInput)
        node.anyOf = [
          { type: 'string', pattern: RATE_PATTERN },
          { type: 'number', exclusiveMinimum: 0, maximum: HIGHEST_RATE },
        ];
      if (zodSchema === rateInput) delete node.type;
    },
  }) as Record<string, unknown> & { required: readonly string[] };
  return {
    ...schema,
    title: 'twinstile',
    required: schema.required.filter((key) => !OF_A_BOX.includes(key)),
    if: {
      required: ['registrar'],
      anyOf: [{ not: { required: ['lanes'] } }, { properties: { registrar: { required: ['database'] } } }],
    },
    else: { required: OF_A_BOX },
  };
}

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
  const seen = new Map<string, KeyRow>();
  for (const branch of [node, ...(node.anyOf ?? []), ...(node.oneOf ?? [])])
    for (const row of branchRows(branch, above)) {
      // One key with the same meaning in several kinds is one row.
      const id = JSON.stringify([row.path, row.meaning, row.byDefault, row.required]);
      const known = seen.get(id);
      seen.set(id, known === undefined ? row : { ...known, kinds: joined(known.kinds, row.kinds) });
    }
  return [...seen.values()];
}

const branchRows = (branch: Node, above: string): readonly KeyRow[] =>
  Object.entries(branch.properties ?? {}).flatMap(([name, child]) =>
    keyRows(name, child, above, branch.required?.includes(name) ?? false).map((row) =>
      name === 'kind' ? row : { ...row, kinds: row.kinds ?? kindsOf(branch) },
    ),
  );

const kindsOf = ({ properties }: Node): readonly string[] | undefined => {
  const kind = properties?.kind?.const;
  return kind === undefined ? undefined : [String(kind)];
};

const joined = (
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): readonly string[] | undefined =>
  one === undefined || other === undefined ? undefined : [...new Set([...one, ...other])];

function keyRows(name: string, node: Node, above: string, required: boolean): readonly KeyRow[] {
  const path = above === '' ? name : `${above}.${name}`;
  const own: KeyRow = {
    path,
    meaning: node.description ?? '',
    byDefault: node.default === undefined ? undefined : written(node.default),
    required: required && node.default === undefined,
    unit: /_(ms|px)$/.exec(name)?.[1] ?? '',
    choices: choicesOf(node),
  };
  return [own, ...(node.items === undefined ? rowsOf(node, path) : rowsOf(node.items, `${path}[]`))];
}

/** The words of an enumeration, the kinds of a group, or the word that may take the place of a group. */
function choicesOf({ enum: words, anyOf, oneOf }: Node): readonly string[] | undefined {
  if (words !== undefined) return words.map(String);
  const branches = [...(anyOf ?? []), ...(oneOf ?? [])];
  const fixed = branches.flatMap((branch) => (branch.const === undefined ? [] : [String(branch.const)]));
  if (fixed.length > 0)
    return fixed.length < branches.length ? [...fixed, 'a group of the keys below'] : fixed;
  const kinds = branches.flatMap((branch) => kindsOf(branch) ?? []);
  return kinds.length === 0 ? undefined : [`a group of one kind: ${kinds.join(', ')}`];
}

const written = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Names of the keys directly under a path. */
export const keysUnder = (path: string): readonly string[] => {
  const under = explainKeys()
    .map((row) => row.path)
    .filter((key) => key.slice(0, Math.max(0, key.lastIndexOf('.'))) === path);
  return [...new Set(under.map((key) => key.slice(key.lastIndexOf('.') + 1)))];
};

export const meaningOf = (path: string): string | undefined =>
  explainKeys().find((row) => row.path === path)?.meaning;
