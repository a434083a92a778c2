/** `twinstile evaluate clips`: measures how well one fixed camera distinguishes people. */
import { Command } from 'commander';
import { packsFolder } from '../../biometrics/packs/pack-catalog.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { readIdentities } from '../../lab/evaluate/files/identities.js';
import { evaluateClips, type WatchedClip } from '../../lab/evaluate/measure-clips.js';
import { clipsReport } from '../../lab/report/clips-report.js';
import { watchClip } from '../../service/setup/clip-tracks.js';
import { openComparison } from '../../service/setup/open-comparison.js';
import { recordingVisionSettings } from '../../service/setup/vision-process.js';
import { createProgressLine } from '../progress-line.js';
import { type WorkedThrough, wholeResult } from '../whole-result.js';
import { positiveInteger, printResult, type ResultOptions, withResult } from './evaluate-options.js';

interface Options extends ResultOptions {
  readonly pack: string;
  readonly folder?: string;
  readonly head?: string;
  readonly minInterOcular?: number;
  readonly looks: number;
  readonly sameCamera?: boolean;
}

export function clipsCommand(): Command {
  const command = new Command('clips')
    .description(
      'Clips of one fixed camera against each other, by frame and by track, through the lane’s own eye.',
    )
    .argument('<dir>', 'folder of clips with identities.csv (columns file, identity)')
    .option('--pack <name>', 'model pack', 'builtin')
    .option('--folder <dir>', 'folder of the packs')
    .option('--head <file>', 'as models.head: compare through this head')
    .option('--min-inter-ocular <px>', 'as quality.min_inter_ocular_px', positiveInteger)
    .option(
      '--same-camera',
      'compare as a lane does that knows its camera: through the centre of who is enrolled there',
    )
    .option('--looks <n>', 'at most so many frames of one track', positiveInteger, 50);
  return withResult(command).action(clips);
}

async function clips(folder: string, options: Options): Promise<void> {
  const work = async (signal: AbortSignal, through: WorkedThrough) => {
    const filed = await readIdentities(folder);
    const packFolder = packsFolder({ argument: options.folder, env: process.env });
    const visionSettings = recordingVisionSettings(options.pack, packFolder, options.minInterOcular);
    const { card } = await openPacks(packFolder).open(options.pack);
    const comparison = await openComparison(card, options.head);
    const progress = createProgressLine('clips');
    const watched: WatchedClip[] = [];
    through.of = filed.length;
    for (const { file, path, person } of filed) {
      const tracks = await watchClip(path, visionSettings, card.encoder.dimension, signal);
      signal.throwIfAborted();
      watched.push({ file, person, ...tracks });
      through.done += 1;
      progress.show(watched.length, filed.length);
    }
    progress.end();
    return evaluateClips(watched, card.name, comparison, {
      perTrack: options.looks,
      isSameCamera: options.sameCamera === true,
    });
  };
  await wholeResult({
    counted: 'clips',
    work,
    show: (result) => printResult(options, result, clipsReport(result)),
  });
}
