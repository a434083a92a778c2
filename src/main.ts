#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command } from 'commander';
import { explain, TwinstileError } from './base/errors.js';
import { badgeCommand } from './commands/badge.js';
import { calibrateCommand } from './commands/calibrate.js';
import { configCommand } from './commands/config.js';
import { demoCommand } from './commands/demo.js';
import { evaluateCommand } from './commands/evaluate.js';
import { gateCommand } from './commands/gate.js';
import { journalCommand } from './commands/journal.js';
import { keysCommand } from './commands/keys.js';
import { modelsCommand } from './commands/models.js';
import { peopleCommand } from './commands/people.js';
import { replayCommand } from './commands/replay.js';
import { runCommand } from './commands/run.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

const program = new Command('twinstile')
  .description(
    'A turnstile that knows faces: camera, Siamese encoder, gallery and signed gate grants over MQTT.',
  )
  .version(version)
  .showHelpAfterError('(add --help to see what is possible)')
  .addCommand(demoCommand())
  .addCommand(runCommand())
  .addCommand(gateCommand())
  .addCommand(peopleCommand())
  .addCommand(badgeCommand())
  .addCommand(journalCommand())
  .addCommand(keysCommand())
  .addCommand(configCommand())
  .addCommand(modelsCommand())
  .addCommand(replayCommand())
  .addCommand(evaluateCommand())
  .addCommand(calibrateCommand());

try {
  await program.parseAsync();
} catch (error) {
  // Expected failures are told in words; anything else is a defect and shows where it happened.
  const told =
    error instanceof TwinstileError ? explain(error) : error instanceof Error ? error.stack : error;
  process.stderr.write(`twinstile: ${told}\n`);
  process.exitCode = 1;
}
