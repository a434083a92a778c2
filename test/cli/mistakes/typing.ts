/** Types a command line into the program within this process, and says what it answered. */
import type { Command } from 'commander';
import { Command as Program } from 'commander';
import { endingOf } from '../../../src/cli/ending.js';
import { withManners } from '../../../src/cli/manners.js';
import { VERBS } from '../../../src/verbs.js';

interface Answer {
  readonly out: string;
  readonly err: string;
  readonly exitCode: number;
}

/** Words as a shell reads them: blanks part them, quotes keep them together. */
const wordsOf = (line: string): readonly string[] =>
  (line.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []).map((word) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'),
  );

/**
 * @param line without the program's own name; `./` is the folder, also in `ID=./FILE`.
 * @param limitMs a command that takes longer hangs.
 */
export async function typed(line: string, folder: string, limitMs: number): Promise<Answer> {
  const said = { out: '', err: '' };
  const restore = [
    capture(process.stdout, (text) => {
      said.out += text;
    }),
    capture(process.stderr, (text) => {
      said.err += text;
    }),
  ];
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    const words = wordsOf(line).map((word) => word.replace(/(^|=)\.\//, `$1${folder}/`));
    const program = withManners(new Program('twinstile'), []);
    const load = VERBS[words[0] ?? ''];
    for (const one of load === undefined ? Object.values(VERBS) : [load]) program.addCommand(await one());
    throwInsteadOfExit(program);
    await inTime(program.parseAsync([...words], { from: 'user' }), limitMs, line);
  } catch (error) {
    const { text, exitCode } = endingOf(error);
    if (text !== undefined) said.err += `twinstile: ${text}\n`;
    process.exitCode = exitCode;
  } finally {
    for (const one of restore) one();
  }
  const exitCode = Number(process.exitCode);
  process.exitCode = before;
  const shown = (text: string): string => text.replaceAll(folder, '.');
  return { out: shown(said.out), err: shown(said.err), exitCode };
}

function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const one of command.commands) throwInsteadOfExit(one);
}

function capture(stream: NodeJS.WriteStream, take: (text: string) => void): () => void {
  const write = stream.write;
  stream.write = (text: unknown, ...rest: unknown[]): boolean => {
    take(String(text));
    const done = rest.find((one) => typeof one === 'function');
    if (typeof done === 'function') done();
    return true;
  };
  return () => {
    stream.write = write;
  };
}

async function inTime(work: Promise<unknown>, limitMs: number, line: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`"${line}" hangs`)), limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
