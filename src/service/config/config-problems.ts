/** Formats the problems of a configuration: what is wrong, where, and what to do. */
import type { z } from 'zod';
import { keysUnder, meaningOf } from './explain-config.js';
import { formatKey, formatPath, formatValue, isGroup, type Problem } from './sections/raw-config.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Returns a scalar as it is written in the file. */
export type Written = (path: Path) => string | undefined;

export function configProblemsOf(
  issues: readonly Issue[],
  root: unknown,
  above: Path = [],
  written: Written = () => undefined,
): readonly Problem[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.flatMap((name) => [
        unknownKey(path, name),
        ...renamedInside(at(root, [...path, name]), [...path, name]),
      ]);
    if (issue.code === 'invalid_union') {
      const branch = closest(issue.errors);
      if (branch !== undefined && isGroup(at(root, path)))
        return configProblemsOf(branch, root, path, written);
    }
    return [{ path: formatPath(path), text: formatIssue(issue, at(root, path), path, written) }];
  });
}

/** Finds the branch of a union that the value was written for: its issues are deeper than the value itself. */
function closest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches.find((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
}

function formatIssue(issue: Issue, value: unknown, path: Path, written: Written): string {
  // A number or a word of YAML is shown as it is written in the file, not as it was parsed.
  const plain = typeof value === 'number' || typeof value === 'boolean' ? written(path) : undefined;
  const got = plain ?? formatValue(value, path.at(-1));
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined)
        return `Expected ${said(issue.expected)}, got nothing. Add it.${meaning(path)}`;
      if (plain !== undefined && issue.expected === 'string')
        return `Expected a text, got ${got}, which YAML reads as ${typeof value === 'number' ? 'a number' : 'yes or no'}. Put it in quotes: "${got}".${meaning(path)}`;
      if (typeof value === 'string' && /^(number|int)$/.test(issue.expected))
        return `Expected a number, got ${got}. Write the number alone: the unit is in the key's name.`;
      return `Expected ${said(issue.expected)}, got ${got}.${meaning(path)}`;
    case 'too_small':
      if (issue.origin === 'array' || issue.origin === 'string')
        return `Expected at least one, got ${got}.${meaning(path)}`;
      return `Expected ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}, got ${got}.${meaning(path)}`;
    case 'too_big':
      return `Expected at most ${issue.maximum}, got ${got}.${meaning(path)}`;
    case 'invalid_value':
      return `Expected ${issue.values.map(String).join(' or ')}, got ${got}.${meaning(path)}`;
    case 'invalid_union':
      if (issue.path.at(-1) === 'kind') return `Expected a known kind, got ${got}.${meaning(path)}`;
      return `Expected something else, got ${got}.${meaning(path)}`;
    default:
      return `${issue.message.replace(/\.$/, '')}, got ${got}.`;
  }
}

function unknownKey(path: Path, name: string): Problem {
  const where = formatPath([...path, name]);
  if (/^(password|passphrase|secret|token|key)$/.test(name))
    return {
      path: where,
      text: `Expected no secret in this file, got "${name}". Put it into a file of its own (mode 0600) and name that: ${name}_file, or ${name}_credential for systemd.`,
    };
  const renamed = newNameOf([...path, name]);
  if (renamed !== undefined)
    return {
      path: where,
      text: `Expected a known key, got "${name}", which was renamed to ${renamed}. Write ${renamed}.`,
    };
  const instead = REMOVED.get(schemaPath([...path, name]));
  if (instead !== undefined)
    return { path: where, text: `Expected a known key, got "${name}", which is no more. ${instead}` };
  const stem = name.replace(/_(ms|s|sec|seconds|px|m|minutes)$/, '');
  const siblings = keysUnder(schemaPath(path));
  const near =
    siblings.find((key) => key.replace(/_(ms|px)$/, '') === stem) ??
    siblings.find((key) => similar(key, name));
  const order =
    near === undefined ? `Remove it; known here: ${siblings.join(', ')}.` : `Did you mean ${near}?`;
  return { path: where, text: `Expected a known key, got "${formatKey(name)}". ${order}` };
}

/** Maps keys of 0.1.0, by their old path, to their present names. */
export const RENAMED: ReadonlyMap<string, string> = new Map([
  ['data', 'data_dir'],
  ['privacy.names_on_wire', 'publish_names'],
  ['privacy.keep_crops', 'store_face_crops'],
  ['gallery.fleet.models.take', 'accept_releases'],
  ['gallery.fleet.models.watch_s', 'probation_s'],
  ['access.claim_hold_ms', 'person_lock_ms'],
  ['access.lanes[].counts', 'count_on'],
  ['commands.operators[].may', 'permissions'],
  ['commands.broker_users[].may', 'permissions'],
  ['adaptation.how', 'method'],
  ['adaptation.judge', 'evaluation_folder'],
  ['lanes[].zone', 'roi'],
  ['lanes[].pass', 'document_camera'],
  ['lanes[].pass.zone', 'roi'],
  ['lanes[].pass.reader_checks_pass', 'reader_verifies_document'],
  ['lanes[].document_camera.zone', 'roi'],
  ['lanes[].document_camera.reader_checks_pass', 'reader_verifies_document'],
  ['lanes[].identification.min_lead', 'min_margin_ratio'],
  ['lanes[].verification.pass_photo', 'document_photo'],
]);

/** Maps keys that are no more, by their path, to an order to the administrator. */
const REMOVED: ReadonlyMap<string, string> = new Map([
  [
    'home_assistant.image',
    'Remove it: it never showed anything. An operator with `permissions: [snapshot]` gets a picture by: twinstile command snapshot --to FILE',
  ],
]);

/** "lanes[].roi" */
const schemaPath = (path: Path): string => formatPath(path).replaceAll(/\[\d+\]/g, '[]');

const newNameOf = (path: Path): string | undefined => RENAMED.get(schemaPath(path));

/** Keys renamed inside a group that was renamed itself, so that one check reports all of them. */
function renamedInside(value: unknown, path: Path): readonly Problem[] {
  if (newNameOf(path) === undefined || !isGroup(value)) return [];
  return Object.keys(value)
    .filter((name) => newNameOf([...path, name]) !== undefined)
    .map((name) => unknownKey(path, name));
}

/** Whether two names differ by one letter inserted, deleted or replaced, or by two swapped. */
function similar(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - start - end <= 2 && a.length > 2;
}

const meaning = (path: Path): string => {
  const text = meaningOf(schemaPath(path));
  return text === undefined ? '' : ` (${text})`;
};

const said = (type: string): string =>
  ({
    object: 'a group of keys',
    array: 'a list',
    int: 'a whole number',
    string: 'a text',
    boolean: 'true or false',
  })[type] ?? `a ${type}`;

function at(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (Array.isArray(value) && typeof part === 'number') value = value[part];
    else if (isGroup(value) && typeof part === 'string') value = value[part];
    else return undefined;
  }
  return value;
}
