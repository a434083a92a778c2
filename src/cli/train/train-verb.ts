/** `twinstile train`: trains heads and rerankers from photographs, away from the gate. */
import { Command } from 'commander';
import { trainHeadCommand } from './train-head-verb.js';
import { trainRerankerCommand } from './train-reranker-verb.js';

export const trainCommand = (): Command =>
  new Command('train')
    .description('Train a head or a reranker for your own people, and measure it on people it never saw.')
    .addCommand(trainHeadCommand())
    .addCommand(trainRerankerCommand());
