/** Runs the reference gate as a separate process, as it would run at the barrier. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pause } from '../../base/delay.js';
import { millis } from '../../base/units.js';
import { programCommand } from '../../platform/spawn-worker.js';

export interface GateProcess {
  close(): Promise<void>;
}

export interface ReferenceGateOptions {
  readonly site: string;
  readonly lane: string;
  readonly gate: string;
  readonly broker: string;
  /** ID=FILE, as `twinstile gate --key` takes it. */
  readonly key: string;
  /** File of the gate's own key. */
  readonly signKey: string;
  /** Receives its output, line by line. */
  readonly onLine: (line: string) => void;
  readonly onExit: (detail: string) => void;
}

const GRACE = millis(1000);

export function startGate({
  site,
  lane,
  gate,
  broker,
  key,
  signKey,
  onLine,
  onExit,
}: ReferenceGateOptions): GateProcess {
  const names = ['--site', site, '--lane', lane, '--gate', gate, '--direction', 'in'];
  const keys = ['--key', key, '--sign-key', signKey];
  const { command, args } = programCommand('main', [
    'gate',
    ...names,
    '--broker',
    broker,
    ...keys,
    '--walk-after',
    '400',
  ]);
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // This process forwards Ctrl-C of the terminal, after the lane has stopped.
    detached: true,
  });
  let closing = false;
  const gone = once(child, 'exit').then(([code]) => {
    if (!closing) onExit(`the gate's process ended (${String(code)})`);
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) if (line.trim() !== '') onLine(line);
    });
  process.once('exit', () => child.kill('SIGKILL'));
  return {
    async close() {
      closing = true;
      child.kill('SIGTERM');
      await Promise.race([gone, pause(GRACE)]);
      child.kill('SIGKILL');
    },
  };
}
