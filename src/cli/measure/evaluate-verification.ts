/** `twinstile evaluate verification`: measures the accuracy of "same" and "different" on a list of pairs. */
import { Command } from 'commander';
import { evaluateVerification } from '../../lab/evaluate/measure-verification.js';
import { verificationReport } from '../../lab/report/verification-report.js';
import { untilSignal } from '../../platform/signals.js';
import {
  type MetricOption,
  type PhotoOptions,
  photoSource,
  printResult,
  withMetric,
  withPhotos,
} from './evaluate-options.js';

interface Options extends PhotoOptions, MetricOption {
  readonly images: string;
  readonly pairs: string;
}

export function verificationCommand(): Command {
  const command = new Command('verification')
    .description('1:1 on a list of pairs, as LFW does it: accuracy over ten folds with its standard error.')
    .requiredOption('--images <dir>', 'folder that the paths in the list start from')
    .requiredOption('--pairs <file>', 'CSV with the columns a, b, same');
  return withMetric(withPhotos(command)).action(verification);
}

async function verification(options: Options): Promise<void> {
  await untilSignal(async (signal) => {
    const { wishes, end } = photoSource(options);
    const result = await evaluateVerification({ ...options, photos: wishes }, signal);
    end();
    await printResult(options, result, verificationReport(result));
  });
}
