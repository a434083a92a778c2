#!/usr/bin/env node
import { createRequire } from 'node:module';
import { Command } from 'commander';
import { explain, TwinstileError } from './base/errors.js';
import { calibrateCommand } from './commands/calibrate.js';
import { configCommand } from './commands/config.js';
import { evaluateCommand } from './commands/evaluate.js';
import { modelsCommand } from './commands/models.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

const program = new Command('twinstile')
  .description(
    'A turnstile that knows faces: camera, Siamese encoder, gallery and signed gate grants over MQTT.',
  )
  .version(version)
  .showHelpAfterError('(add --help to see what is possible)')
  .addCommand(configCommand())
  .addCommand(modelsCommand())
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
