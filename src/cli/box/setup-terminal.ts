/** Asks at the terminal for the wizard: Ctrl-C and Ctrl-D end it, and a password is not shown. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { TwinstileError } from '../../base/errors.js';

export interface SetupTerminal {
  readonly ask: (prompt: string) => Promise<string>;
  readonly askHidden: (prompt: string) => Promise<string>;
}

/** @returns nothing where no terminal is on both ends. */
export function setupTerminal(signal: AbortSignal): SetupTerminal | undefined {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined;
  return {
    ask: (prompt) => asked(prompt, process.stderr, signal),
    askHidden: (prompt) => asked(prompt, nowhere(), signal),
  };
}

const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

function asked(prompt: string, output: NodeJS.WritableStream, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const terminal = createInterface({ input: process.stdin, output, terminal: true });
    let isAnswered = false;
    const close = (): void => terminal.close();
    const stop = (): void => {
      signal.removeEventListener('abort', close);
      if (!isAnswered) process.stderr.write('\n');
      reject(new TwinstileError({ code: 'stopped', message: 'Stopped.' }));
    };
    // An answer that came settles the promise before this.
    terminal.once('close', stop);
    terminal.once('SIGINT', close);
    signal.addEventListener('abort', close, { once: true });
    if (signal.aborted) return close();
    // Only now: before, the terminal itself would show what is typed.
    if (output !== process.stderr) process.stderr.write(prompt);
    terminal.question(prompt).then((typed) => {
      isAnswered = true;
      if (output !== process.stderr) process.stderr.write('\n');
      resolve(typed);
      close();
    }, stop);
  });
}
