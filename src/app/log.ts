import pino from 'pino';
import pretty from 'pino-pretty';

export type Log = pino.Logger;

/**
 * JSON lines for machines, readable ones on a terminal. Never given a name, a picture, an embedding or a key; these paths
 * are blanked all the same, in case a careless object brings one along.
 */
const SECRET = ['password', '*.password', 'key', '*.key', 'name', '*.name', 'embedding', '*.embedding'];

export function openLog(level: string, out: NodeJS.WriteStream = process.stdout): Log {
  const options = { level, redact: { paths: SECRET, censor: '[kept back]' }, base: null };
  return out.isTTY
    ? pino(options, pretty({ destination: out, colorize: true, translateTime: 'SYS:HH:MM:ss.l', sync: true }))
    : pino(options, out);
}
