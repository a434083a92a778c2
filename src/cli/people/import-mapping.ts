/** Reads how the attributes of a directory are mapped, from the configuration and the command line. */
import { TwinstileError } from '../../base/errors.js';
import { ID_PATTERN } from '../../base/ids.js';
import {
  DEFAULT_MAPPING,
  FIELDS,
  type ImportRules,
  type Mapping,
} from '../../records/directory-import/read-person.js';
import type { ImportConfig } from '../../service/config/sections/registrar-section.js';

export interface MappingOptions {
  /** "id=uid,employeeNumber"; "valid_until=" for nothing. */
  readonly map?: readonly string[];
  /** "cn=cleaners=cleaners": what comes after the last sign is the access group. */
  readonly accessGroup?: readonly string[];
}

const DEFAULT_MARK = 'directory';

/** The command line goes before the configuration, and that before what is usual. @throws TwinstileError 'bad-arguments'. */
export function importRules(
  config: ImportConfig | undefined,
  options: MappingOptions,
): Omit<ImportRules, 'zone'> {
  const mapped = new Map<keyof Mapping, readonly string[]>();
  for (const [field, key] of Object.entries(FIELDS)) {
    const names = config?.[field as keyof typeof config];
    if (Array.isArray(names)) mapped.set(key, names.map(lower));
  }
  for (const pair of options.map ?? []) {
    const [field = '', names, ...more] = pair.split('=');
    const key = FIELDS[field];
    if (key === undefined || names === undefined || more.length > 0)
      throw wrong(`FIELD=ATTRIBUTE with one of ${Object.keys(FIELDS).join(', ')}`, pair);
    mapped.set(
      key,
      names
        .split(',')
        .map(lower)
        .filter((name) => name !== ''),
    );
  }
  const groups = new Map(
    Object.entries(config?.access_groups ?? {}).map(([name, group]) => [lower(name), group] as const),
  );
  for (const pair of options.accessGroup ?? []) {
    const cut = pair.lastIndexOf('=');
    const [name, group] = [lower(pair.slice(0, cut)), pair.slice(cut + 1)];
    if (cut < 1 || !ID_PATTERN.test(group)) throw wrong('GROUP-OF-THE-DIRECTORY=ACCESS-GROUP', pair);
    groups.set(name, group);
  }
  return {
    mapping: { ...DEFAULT_MAPPING, ...Object.fromEntries(mapped) },
    groups,
    mark: config?.mark ?? DEFAULT_MARK,
  };
}

const lower = (text: string): string => text.trim().toLowerCase();

const wrong = (expected: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got '${got}'.`,
    hint: 'See: twinstile people import --help',
  });
