/** `twinstile evaluate pairs`: every photograph against every other. */
import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { measuredBy } from '../../biometrics/statistics/metric.js';
import { peoplePhotos } from '../../lab/evaluate/acquire-photos.js';
import { evaluatePairs } from '../../lab/evaluate/measure-pairs.js';
import { measuredAtCamera } from '../../lab/evaluate/same-camera.js';
import { pairsReport } from '../../lab/report/pairs-report.js';
import { wholeResult } from '../whole-result.js';
import {
  type ChanceOptions,
  type EvaluatedPhotoOptions,
  expectSameCamera,
  type MetricOption,
  photoSource,
  planOf,
  printResult,
  type SameCameraOption,
  withChance,
  withMetric,
  withPhotos,
  withSameCamera,
} from './evaluate-options.js';

interface Options extends EvaluatedPhotoOptions, ChanceOptions, MetricOption, SameCameraOption {
  readonly images: string;
  readonly templateImages?: string;
}

export function pairsCommand(): Command {
  const command = new Command('pairs')
    .description('1:1 over all pairs: FMR and FNMR with intervals by bootstrap over people.')
    .requiredOption('--images <dir>', 'folder with one subfolder of photographs per person')
    .option('--template-images <dir>', 'the same people as their templates show them');
  return withSameCamera(withMetric(withChance(withPhotos(command)))).action(pairs);
}

async function pairs(options: Options): Promise<void> {
  const { templateImages, metric } = options;
  const isSameCamera = expectSameCamera(options);
  if (isSameCamera && templateImages !== undefined)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: 'Expected either --same-camera or --template-images, got both.',
      hint: 'With --same-camera all photographs are of one camera, templates too.',
    });
  await wholeResult({
    counted: 'photographs',
    work: async (signal, through) => {
      const { acquisition, end } = photoSource(options, through);
      const live = await peoplePhotos(options.images, acquisition, signal);
      const templates =
        templateImages === undefined ? undefined : await peoplePhotos(templateImages, acquisition, signal);
      end();
      return evaluatePairs(
        live,
        templates,
        planOf(options),
        isSameCamera
          ? measuredAtCamera(live.shown, live.comparison)
          : metric && measuredBy(metric, live.comparison),
      );
    },
    show: (result) => printResult(options, result, pairsReport(result)),
  });
}
