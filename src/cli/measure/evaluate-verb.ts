/** `twinstile evaluate`: measures how well people are distinguished from each other, and from their pictures. */
import { Command } from 'commander';
import { evaluateVerification } from '../../lab/evaluate/measure-verification.js';
import { verificationReport } from '../../lab/report/pairs-report.js';
import { wholeResult } from '../whole-result.js';
import { clipsCommand } from './evaluate-clips.js';
import { identificationCommand } from './evaluate-identification.js';
import {
  type EvaluatedPhotoOptions,
  expectSameCamera,
  type MetricOption,
  photoSource,
  printResult,
  type SameCameraOption,
  withMetric,
  withPhotos,
  withSameCamera,
} from './evaluate-options.js';
import { padCommand } from './evaluate-pad-verb.js';
import { pairsCommand } from './evaluate-pairs.js';
import { siteCommand } from './evaluate-site.js';

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('Measure how well faces are told apart.')
    .addCommand(verificationCommand())
    .addCommand(pairsCommand())
    .addCommand(identificationCommand())
    .addCommand(clipsCommand())
    .addCommand(siteCommand())
    .addCommand(padCommand());
}

interface Options extends EvaluatedPhotoOptions, MetricOption, SameCameraOption {
  readonly images: string;
  readonly pairs: string;
}

/** `twinstile evaluate verification`: measures the accuracy of "same" and "different" on a list of pairs. */
function verificationCommand(): Command {
  const command = new Command('verification')
    .description('1:1 on a list of pairs, as LFW does it: accuracy over ten folds with its standard error.')
    .requiredOption('--images <dir>', 'folder that the paths in the list start from')
    .requiredOption('--pairs <file>', 'CSV with the columns a, b, same');
  return withSameCamera(withMetric(withPhotos(command))).action(verification);
}

async function verification(options: Options): Promise<void> {
  const isSameCamera = expectSameCamera(options);
  await wholeResult({
    counted: 'photographs',
    work: async (signal, through) => {
      const { acquisition, end } = photoSource(options, through);
      return evaluateVerification({ ...options, photos: acquisition, isSameCamera }, signal).finally(end);
    },
    show: (result) => printResult(options, result, verificationReport(result)),
  });
}
