/** `twinstile run`: serves the lanes of one configuration until it is stopped. */
import { Command } from 'commander';
import { explain, TwinstileError } from '../../base/errors.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { openLog } from '../../platform/log.js';
import { untilSignal } from '../../platform/signals.js';
import { loadConfig } from '../../service/config/load-config.js';
import { runBox } from '../../service/daemon/run-box.js';
import { expectBox } from '../../service/setup/open-gallery.js';

export function runCommand(): Command {
  return new Command('run')
    .description('Serve the lanes of a configuration until told to stop.')
    .requiredOption('-c, --config <file>', 'the configuration (YAML)')
    .action(async ({ config: file }: { readonly config: string }) => {
      const config = await loadConfig(file);
      expectBox(config);
      if (config.lanes.length === 0) throw withoutLanes(file);
      const log = openLog(config.log.level);
      await untilSignal(async (signal) => {
        try {
          const reread = () => loadConfig(file);
          await runBox({ config, log, env: process.env, reread }, signal);
        } catch (error) {
          const code = error instanceof TwinstileError ? error.code : 'internal';
          log.fatal({ code, err: error instanceof TwinstileError ? undefined : error }, explain(error));
          process.exitCode = exitCodeOf(error instanceof Error ? error : 'broken');
        }
      });
    });
}

const withoutLanes = (file: string): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected lanes to serve in ${file}, got none: it is the configuration of a registrar.`,
    hint: 'A registrar needs no service: publish with twinstile gallery publish. For a box add its lanes.',
  });
