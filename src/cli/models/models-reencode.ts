/** `twinstile models reencode`: templates of another pack out of what enrollment kept. */

import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { countPeople, plural } from '../../base/plural.js';
import { packsFolder } from '../../biometrics/packs/pack-catalog.js';
import { untilSignal } from '../../platform/signals.js';
import { loadConfig } from '../../service/config/load-config.js';
import { reencodePeople } from '../../service/models/face-crops.js';
import type { OfficeDependencies } from '../office-dependencies.js';

interface Options {
  readonly folder?: string;
  readonly config?: string;
}

export function reencodeCommand({ env, print, setExitCode }: OfficeDependencies): Command {
  return new Command('reencode')
    .description(
      'Make templates of another pack from the crops that enrollment kept (privacy.store_face_crops).',
    )
    .argument('<pack>', 'name of an installed pack')
    .action(async (pack: string, _options: unknown, command: Command) => {
      const { folder, config: file } = command.optsWithGlobals<Options>();
      if (file === undefined)
        throw new TwinstileError({
          code: 'bad-arguments',
          message: 'Expected --config, got none.',
          hint: 'Name the configuration whose people are meant.',
        });
      const config = await loadConfig(file);
      const packFolder = packsFolder({ argument: folder, env, config: config.models.folder });
      await untilSignal(async (signal) => {
        const { kept, templates, people, without, damaged } = await reencodePeople(
          { config, env, pack, packFolder },
          signal,
        );
        if (kept === 0)
          return print(
            'No crops are kept here: enroll again with the new pack, or set privacy.store_face_crops first.',
          );
        print(
          `${plural(templates, 'new template')} of ${pack} for ${countPeople(people)}, from ${plural(kept, 'crop')}.`,
        );
        if (without.length > 0)
          print(`No face was found in the crops of ${without.join(', ')}: enroll them again.`);
        if (damaged.length > 0) {
          print(
            `Crops of ${damaged.join(', ')} are damaged and gave no template; nothing else is lost: enroll them again.`,
          );
          setExitCode(exitCodeOf('not-well'));
        }
      });
    });
}
