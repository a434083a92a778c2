/** What stands in docs/PROTOCOL.md, so that tests hold it to the program. */
import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../../../docs/PROTOCOL.md', import.meta.url), 'utf8');

/** Contents of the fenced blocks with this info string, in order. */
export function blocks(info: string): readonly string[] {
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].flatMap(([, name, body = '']) =>
    name === info ? [body] : [],
  );
}
