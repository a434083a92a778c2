/** `twinstile demo`: a lane at work on this machine, with nothing to set up. */
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { packsFolder } from '../../biometrics/packs/pack-catalog.js';
import { defaultCacheFolder } from '../../lab/evaluate/acquire-photos.js';
import { openLog } from '../../platform/log.js';
import { untilSignal } from '../../platform/signals.js';
import { prepareDemo, runDemo } from '../../service/demo/run-demo.js';

interface Options {
  readonly pack: string;
  readonly folder?: string;
  readonly camera?: string;
  readonly gallery?: string;
  readonly for?: number;
  readonly verbose?: boolean;
  readonly prepare?: boolean;
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('Watch real faces being recognised and a gate opening and staying shut; nothing to set up.')
    .option('--for <seconds>', 'end by itself after so many seconds', seconds)
    .option(
      '--camera <source>',
      '/dev/video0, rtsp://…, a video file or a folder of images, instead of the film',
    )
    .option('--gallery <folder>', 'one subfolder of photographs per person, instead of the film’s people')
    .option('--pack <name>', 'model pack', 'builtin')
    .option('--folder <dir>', 'folder of the packs')
    .option('--verbose', 'show the log of the lane, too')
    .option('--prepare', 'draw the film, so that the next start shows it at once, and end')
    .action(demo);
}

async function demo(options: Options): Promise<void> {
  const { camera, gallery, for: forSeconds } = options;
  const cache = defaultCacheFolder(process.env);
  const film = {
    pack: options.pack,
    packFolder: packsFolder({ argument: options.folder, env: process.env }),
    cacheFolder: cache === undefined ? undefined : path.join(cache, 'demo'),
    print: (line: string) => void process.stdout.write(`${line}\n`),
    env: process.env,
  };
  if (options.prepare === true) return prepareDemo(film);
  const log = openLog(options.verbose === true ? 'debug' : 'error', process.stderr);
  await untilSignal((signal) => runDemo({ ...film, camera, gallery, seconds: forSeconds, log }, signal));
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 86_400)) throw new InvalidArgumentError('Expected 1 to 86400 seconds.');
  return value;
}
