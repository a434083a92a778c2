/** `twinstile evaluate identification`: measures open-set identification (1:N) at sizes of the gallery. */
import { Command, InvalidArgumentError } from 'commander';
import { peoplePhotos } from '../../lab/evaluate/acquire-photos.js';
import { evaluateIdentification } from '../../lab/evaluate/measure-identification.js';
import { identificationReport } from '../../lab/report/identification-report.js';
import { wholeResult } from '../whole-result.js';
import {
  type ChanceOptions,
  type EvaluatedPhotoOptions,
  photoSource,
  planOf,
  positiveInteger,
  printResult,
  type SameCameraOption,
  withChance,
  withPhotos,
  withSameCamera,
} from './evaluate-options.js';

interface Options extends EvaluatedPhotoOptions, ChanceOptions, SameCameraOption {
  readonly images: string;
  readonly gallerySizes: readonly number[];
  readonly draws: number;
}

export function identificationCommand(): Command {
  const command = new Command('identification')
    .description('1:N with strangers among those who come: FPIR and FNIR at sizes of the gallery.')
    .requiredOption('--images <dir>', 'folder with one subfolder of photographs per person')
    .option('--gallery-sizes <list>', 'people enrolled, separated by commas', sizes, [10, 100, 1000])
    .option('--draws <n>', 'galleries drawn at random for each size', positiveInteger, 10);
  return withSameCamera(withChance(withPhotos(command))).action(identification);
}

async function identification(options: Options): Promise<void> {
  await wholeResult({
    counted: 'photographs',
    work: async (signal, through) => {
      const { acquisition, end } = photoSource(options, through);
      const photos = await peoplePhotos(options.images, acquisition, signal).finally(end);
      return evaluateIdentification(photos, options.gallerySizes, options.draws, {
        ...planOf(options),
        isSameCamera: options.sameCamera === true,
      });
    },
    show: (result) => printResult(options, result, identificationReport(result)),
  });
}

function sizes(text: string): readonly number[] {
  const values = text.split(',').map(Number);
  if (values.some((value) => !Number.isInteger(value) || value < 1))
    throw new InvalidArgumentError(
      'Expected whole numbers above 0 with commas between them, as in 10,100,1000.',
    );
  return values;
}
