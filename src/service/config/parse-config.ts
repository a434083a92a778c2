import { isScalar, parseDocument, YAMLError } from 'yaml';
import { TwinstileError } from '../../base/errors.js';
import { plural } from '../../base/plural.js';
import { withoutAddresses } from '../../base/shown-address.js';
import { configProblemsOf } from './config-problems.js';
import { type Config, configSchema } from './config-schema.js';
import { conflictsIn } from './conflicts/conflicts.js';
import { mendCutNumbers } from './cut-numbers.js';
import type { Problem } from './sections/raw-config.js';
import { withRegistrarDefaults } from './sections/registrar-section.js';

/**
 * Reads a configuration. Paths stay as they are written.
 * @param text YAML 1.2.
 * @throws TwinstileError 'config-invalid' whose message lists every problem with path, value and what to do.
 */
export function parseConfig(text: string): Config {
  const document = parseDocument(text, { prettyErrors: true });
  const cut = mendCutNumbers(document);
  // "1 in 1,000,000" leaves the key 000 twice.
  const errors = document.errors.filter(({ code }) => cut.length === 0 || code !== 'DUPLICATE_KEY');
  if (errors.length > 0)
    throw invalid([...errors.map((error) => ({ path: 'YAML', text: formatYamlError(error) })), ...cut]);
  const raw = withRegistrarDefaults(plain(document));
  const result = configSchema.safeParse(raw);
  const problems = [
    ...cut,
    ...(result.success ? [] : configProblemsOf(result.error.issues, raw, [], writtenIn(document))),
    ...conflictsIn(raw),
  ];
  if (result.success && problems.length === 0) return result.data;
  throw invalid(problems);
}

/** Returns a scalar as it is written in the file: 0042 is the number 42, and 1e5 is 100000. */
const writtenIn =
  (document: ReturnType<typeof parseDocument>) =>
  (path: readonly PropertyKey[]): string | undefined => {
    const node = document.getIn(path, true);
    return isScalar(node) && node.type === 'PLAIN' ? node.source : undefined;
  };

/** Aliases are resolved only here, so an alias without an anchor, and a few that expand to thousands, are reported here. */
function plain(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    throw invalid([{ path: 'YAML', text: formatYamlError(error) }]);
  }
}

/** Omits the lines that the library quotes around the error: they may contain a camera's login. */
function formatYamlError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // The escaped character may be part of a password.
  if (error instanceof YAMLError && error.code === 'BAD_DQ_ESCAPE')
    return `Invalid escape sequence in a text in double quotes${placeIn(message)}. Write a backslash twice.`;
  return withoutAddresses(message.split('\n', 1)[0] ?? '').replace(/:$/, '.');
}

const placeIn = (message: string): string => / at line \d+, column \d+/.exec(message)?.[0] ?? '';

function invalid(problems: readonly Problem[]): TwinstileError {
  const count = plural(problems.length, 'problem');
  const lines = problems.map(({ path, text }) => `  ${path === '' ? 'the file' : path}: ${text}`);
  return new TwinstileError({
    code: 'config-invalid',
    message: `Expected a valid configuration, got ${count}:\n${lines.join('\n')}`,
    hint: '\nCorrect the file; `twinstile config explain` lists every key.',
  });
}
