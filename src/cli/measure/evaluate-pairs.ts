/** `twinstile evaluate pairs`: every photograph against every other. */
import { Command } from 'commander';
import { measuredBy } from '../../biometrics/statistics/metric.js';
import { peoplePhotos } from '../../lab/evaluate/acquire-photos.js';
import { evaluatePairs } from '../../lab/evaluate/measure-pairs.js';
import { pairsReport } from '../../lab/report/pairs-report.js';
import { untilSignal } from '../../platform/signals.js';
import {
  type ChanceOptions,
  type EvaluatedPhotoOptions,
  type MetricOption,
  photoSource,
  planOf,
  printResult,
  withChance,
  withMetric,
  withPhotos,
} from './evaluate-options.js';

interface Options extends EvaluatedPhotoOptions, ChanceOptions, MetricOption {
  readonly images: string;
  readonly templateImages?: string;
}

export function pairsCommand(): Command {
  const command = new Command('pairs')
    .description('1:1 over all pairs: FMR and FNMR with intervals by bootstrap over people.')
    .requiredOption('--images <dir>', 'folder with one subfolder of photographs per person')
    .option('--template-images <dir>', 'the same people as their templates show them');
  return withMetric(withChance(withPhotos(command))).action(pairs);
}

async function pairs(options: Options): Promise<void> {
  await untilSignal(async (signal) => {
    const { acquisition, end } = photoSource(options);
    const live = await peoplePhotos(options.images, acquisition, signal);
    const { templateImages, metric } = options;
    const templates =
      templateImages === undefined ? undefined : await peoplePhotos(templateImages, acquisition, signal);
    end();
    const result = evaluatePairs(
      live,
      templates,
      planOf(options),
      metric === undefined ? undefined : measuredBy(metric, live.comparison),
    );
    await printResult(options, result, pairsReport(result));
  });
}
