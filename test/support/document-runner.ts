/**
 * Types the fenced blocks of a document as a user would, word for word, in a fresh folder.
 *
 * A block of `sh` is typed unless its first line is a comment that says what it needs which no test has (NEEDS). What is put in the
 * place of what the text names, and nothing else: the port 1883, in the text and in what `config example` prints (a free one, with a
 * real Mosquitto on it in the place of `mosquitto -p 1883`), and /dev/video0 (a film). HOME is a folder of its own, with `photos` in it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** First lines of blocks that are read and not typed, each with the reason in its words. */
export const NEEDS: readonly RegExp[] = [
  /^# as root\b/,
  /^# with systemd\b/,
  /^# from the internet\b/,
  /^# with a camera\b/,
  /^# with PostgreSQL\b/,
  /^# with a directory\b/,
  /^# with mosquitto-clients\b/,
  /^# with GPIO\b/,
  /^# with data of your own\b/,
  /^# on a box with\b/,
];

export interface DocumentBlock {
  readonly text: string;
  /** Line of its first line in the document. */
  readonly line: number;
  /** Its own words; absent for one that is typed. */
  readonly needs?: string;
}

/** Blocks of `sh` in their order. */
export function shellBlocks(file: string): readonly DocumentBlock[] {
  const document = readFileSync(file, 'utf8');
  return [...document.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((found) => {
    const [, text = ''] = found;
    const [first = ''] = text.split('\n');
    const line = document.slice(0, found.index).split('\n').length + 1;
    return NEEDS.some((one) => one.test(first)) ? { text, line, needs: first } : { text, line };
  });
}

interface TypeOptions {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** What stands in the document, and what is typed for it. */
  readonly instead: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
}

export interface Typed {
  readonly code: number | null;
  /** Both outputs, with a line "@@ 12" before each block. */
  readonly text: string;
}

/** In one shell, which ends at the first line that fails; what it left running ends with it. */
export async function typeBlocks(blocks: readonly DocumentBlock[], options: TypeOptions): Promise<Typed> {
  const script = blocks
    .filter(({ needs }) => needs === undefined)
    .map(({ text, line }) => `printf '@@ %s\\n' ${line}\n${text}`)
    .join('\n');
  const typed = [...options.instead].reduce((text, [from, to]) => text.replaceAll(from, to), script);
  const shell = spawn('bash', ['-euo', 'pipefail'], {
    cwd: options.folder,
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let text = '';
  for (const stream of [shell.stdout, shell.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
  const stop = () => {
    try {
      // The whole group: what was started with & belongs to it.
      if (shell.pid !== undefined) process.kill(-shell.pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  };
  options.signal.addEventListener('abort', stop, { once: true });
  shell.stdin.end(typed);
  // Not 'close': programs in the background hold the outputs.
  const [code] = (await once(shell, 'exit')) as [number | null];
  stop();
  return { code, text };
}
