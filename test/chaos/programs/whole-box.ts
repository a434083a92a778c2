/**
 * `twinstile run` with a stub in the place of its vision processes, and nothing else replaced. Says each decision and each state
 * as a line of JSON; its log goes to stderr. Arguments: one JSON object.
 */
import { readFile } from 'node:fs/promises';
import pino from 'pino';
import { parseConfig } from '../../../src/service/config/parse-config.js';
import { runBox } from '../../../src/service/daemon/run-box.js';

export interface WholeBoxOptions {
  /** File of the configuration. */
  readonly config: string;
  /** Program of the vision processes. */
  readonly vision: string;
}

const options: WholeBoxOptions = JSON.parse(process.argv[2] ?? '{}');
const say = (what: object) => void process.stdout.write(`${JSON.stringify(what)}\n`);
const reread = async () => parseConfig(await readFile(options.config, 'utf8'));
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
await runBox(
  {
    config: await reread(),
    reread,
    log: pino({ level: 'warn', base: null }, pino.destination(2)),
    env: process.env,
    startVision: ({ dimension, onLine }) => ({
      command: [process.execPath, options.vision],
      env: { PATH: process.env.PATH, FAKE: 'good', DIMENSION: `${dimension}`, STEP: '8' },
      dimension,
      onLine,
    }),
    observer: {
      onDecision: (lane, { verdict, reason, badge }, outcome) =>
        say({ kind: 'decision', lane, verdict, reason, badge, outcome: outcome?.outcome }),
      onState: (lane, { mode, gate, degraded }) => say({ kind: 'state', lane, mode, gate, degraded }),
      onNote: (lane, note) => {
        if (note.kind === 'message-failed') say({ ...note, lane });
      },
    },
  },
  stop.signal,
);
process.exit(0);
