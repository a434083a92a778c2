/** `twinstile evaluate`: measures how well people are distinguished from each other, and from their pictures. */
import { Command } from 'commander';
import { clipsCommand } from './evaluate-clips.js';
import { identificationCommand } from './evaluate-identification.js';
import { padCommand } from './evaluate-pad-verb.js';
import { pairsCommand } from './evaluate-pairs.js';
import { verificationCommand } from './evaluate-verification.js';

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Measure how well faces are told apart.')
    .addCommand(verificationCommand())
    .addCommand(pairsCommand())
    .addCommand(identificationCommand())
    .addCommand(clipsCommand())
    .addCommand(padCommand());
}
