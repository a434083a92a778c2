#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command } from 'commander';
import { guardOutput } from './adapters/system/output-guard.js';
import { explain, TwinstileError } from './base/errors.js';
import { printable } from './base/names.js';
import { withoutAddresses } from './base/shown-address.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** Only the verb that is asked for is loaded: a gate has no use for ONNX Runtime. In the order of `--help`. */
const VERBS: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./commands/demo.js')).demoCommand(),
  run: async () => (await import('./commands/box/run.js')).runCommand(),
  doctor: async () => (await import('./commands/box/doctor.js')).doctorCommand(),
  order: async () => (await import('./commands/gate/order.js')).orderCommand(),
  gate: async () => (await import('./commands/gate/gate.js')).gateCommand(),
  enroll: async () => (await import('./commands/enrol/enroll.js')).enrollCommand(),
  people: async () => (await import('./commands/people/people.js')).peopleCommand(),
  badge: async () => (await import('./commands/people/badge.js')).badgeCommand(),
  gallery: async () => (await import('./commands/fleet/gallery.js')).galleryCommand(),
  fleet: async () => (await import('./commands/fleet/fleet.js')).fleetCommand(),
  tuf: async () => (await import('./commands/fleet/tuf.js')).tufCommand(),
  sync: async () => (await import('./commands/fleet/sync.js')).syncCommand(),
  journal: async () => (await import('./commands/box/journal.js')).journalCommand(),
  backup: async () => (await import('./commands/box/backup.js')).backupCommand(),
  keys: async () => (await import('./commands/box/keys.js')).keysCommand(),
  config: async () => (await import('./commands/box/config.js')).configCommand(),
  models: async () => (await import('./commands/models/models.js')).modelsCommand(),
  replay: async () => (await import('./commands/replay.js')).replayCommand(),
  evaluate: async () => (await import('./commands/measure/evaluate.js')).evaluateCommand(),
  calibrate: async () => (await import('./commands/measure/calibrate.js')).calibrateCommand(),
  adapt: async () => (await import('./commands/learn/adapt.js')).adaptCommand(),
  learn: async () => (await import('./commands/learn/learn.js')).learnCommand(),
  'learn-reranker': async () => (await import('./commands/learn/learn-reranker.js')).learnRerankerCommand(),
};

/** Of these nothing but the lines is wanted; all others finish what they do when their reader goes away. */
const ONLY_LINES: readonly string[] = ['config', 'replay', 'demo'];
guardOutput(ONLY_LINES.includes(process.argv[2] ?? '') ? 'ends' : 'goes-on', (stream) => {
  if (stream === 'stdout' && ['run', 'gate'].includes(process.argv[2] ?? ''))
    process.stderr.write('twinstile: the reader of the log went away; the service works on without a log.\n');
});

const program = new Command('twinstile')
  .description(
    'A turnstile that knows faces: camera, Siamese encoder, gallery and signed gate grants over MQTT.',
  )
  .version(version)
  .showHelpAfterError('(add --help to see what is possible)');
const asked = VERBS[process.argv[2] ?? ''];
for (const load of asked === undefined ? Object.values(VERBS) : [asked]) program.addCommand(await load());

try {
  await program.parseAsync();
} catch (error) {
  // Expected failures are told in words; anything else is a defect and shows where it happened.
  const told = error instanceof TwinstileError ? explain(error) : withoutAddresses(stackOf(error));
  process.stderr.write(`twinstile: ${printable(told)}\n`);
  process.exitCode = 1;
}

/** The stack alone: what Node puts beside it may be an address with its login. */
function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
