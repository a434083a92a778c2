/** The log of the service. */
import pino from 'pino';
import pretty from 'pino-pretty';
import { withoutAddresses } from '../base/shown-address.js';
import { takesColours } from './output-guard.js';

export type Log = pino.Logger;

/**
 * JSON lines for machines, readable ones on a terminal. Never given a name, a picture, an embedding or a key; these paths
 * are blanked all the same, in case a careless object brings one along. Addresses lose their logins and queries in the
 * same way.
 */
const SECRET = ['password', '*.password', 'key', '*.key', 'name', '*.name', 'embedding', '*.embedding'];
/** Objects in a log are flat. */
const MAX_DEPTH = 4;

export function openLog(level: string, out: NodeJS.WriteStream = process.stdout): Log {
  const options: pino.LoggerOptions = {
    level,
    redact: { paths: SECRET, censor: '[kept back]' },
    base: null,
    formatters: { log: (fields) => cleaned(fields, MAX_DEPTH) as Record<string, unknown> },
    hooks: {
      logMethod(words, method) {
        const clean = words.map((word: unknown) =>
          typeof word === 'string' ? withoutAddresses(word) : word,
        );
        method.apply(this, clean as typeof words);
      },
    },
  };
  return out.isTTY
    ? pino(
        options,
        pretty({
          destination: out,
          colorize: takesColours(out),
          translateTime: 'SYS:HH:MM:ss.l',
          sync: true,
        }),
      )
    : pino(options, out);
}

function cleaned(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return withoutAddresses(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '[too deep for a log]';
  // Errors of Node's URL carry the whole address as a field.
  if (value instanceof Error) return cleaned({ ...pino.stdSerializers.err(value), input: undefined }, depth);
  if (Array.isArray(value)) return value.map((one) => cleaned(one, depth - 1));
  const kind = Object.getPrototypeOf(value);
  // A date or a buffer has its own toJSON.
  if (kind !== Object.prototype && kind !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, cleaned(one, depth - 1)]));
}
