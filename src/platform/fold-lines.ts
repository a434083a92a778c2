/** Folds lines at the width of a terminal, between words, so that no word is cut in two at its edge. */

/** Narrower than this nothing is folded: words alone would be left. */
const LEAST_WIDTH = 40;
const DEEPEST_INDENT = 16;

/** Lines of JSON and of other machine formats are copied and read back, so they stay whole. */
const isForMachines = (line: string): boolean => /^\s*["{}[\]]/.test(line);

/** A progress line moves the cursor itself. */
const movesCursor = (text: string): boolean => text.includes('\r') || text.includes('\u001b');

/**
 * Returns the lines that one line becomes: those after the first are indented by two more than the line itself. A word that is
 * longer than the width (a path, an address, a key) stays whole, so that it can be copied.
 * @param width columns, 40 or more.
 */
export function foldLine(line: string, width: number): readonly string[] {
  if ([...line].length <= width || isForMachines(line)) return [line];
  const own = /^\s*/.exec(line)?.[0].length ?? 0;
  const indent = ' '.repeat(Math.min(own + 2, DEEPEST_INDENT));
  const folded: string[] = [];
  let current = '';
  // Blanks belong to the word after them: columns of a table keep their distance.
  for (const word of line.match(/\s*\S+/g) ?? []) {
    const fits = [...current].length + [...word].length <= width;
    if (fits || current.trim() === '') {
      current += word;
      continue;
    }
    folded.push(current);
    current = indent + word.trimStart();
  }
  return [...folded, current];
}

/** @param width columns; below 40 the text stays as it is. */
export const foldText = (text: string, width: number): string =>
  width < LEAST_WIDTH || movesCursor(text)
    ? text
    : text
        .split('\n')
        .flatMap((line) => foldLine(line, width))
        .join('\n');

/** Folds all that is written to a terminal from now on; pipes and files get lines as they are. */
export function foldAtTerminal(stream: NodeJS.WriteStream): void {
  if (!stream.isTTY) return;
  const write = stream.write.bind(stream);
  stream.write = (text: Uint8Array | string, ...rest: never[]): boolean =>
    write(typeof text === 'string' ? foldText(text, stream.columns ?? 0) : text, ...rest);
}
