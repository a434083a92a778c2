/** Drives a gate through a program of the site's own. */

import { pause } from '../../base/delay.js';
import { TwinstileError } from '../../base/errors.js';
import { type Millis, millis } from '../../base/units.js';
import type { Drive } from './drive.js';
import { type RunningProgram, startProgram } from './drive-program.js';

interface CommandOptions {
  /** Started without a shell. */
  readonly program: string;
  readonly args: readonly string[];
  /** PATH for the program; the rest of the environment is not passed on. */
  readonly path?: string;
  readonly onProblem?: (detail: string) => void;
}

/** The program may sleep for the pulse and tidy up after it. */
const TIDY_UP = 5000;
/** At one grant a second none of these is reached unless programs hang. */
const AT_ONCE = 16;
/** At the stop a pulse that is about to end may end; untilTold gives the whole program 5 s. */
const STOP_GRACE: Millis = millis(1500);

/**
 * Runs the program for each grant, with TWINSTILE_GRANT, TWINSTILE_PULSE_MS and TWINSTILE_DIRECTION.
 * It opens the gate, confirms that by the line `opened` or by ending with 0, and closes the gate after the pulse: it is
 * killed 5 s after that, and at the stop soon after SIGTERM.
 */
export function createCommandDrive(options: CommandOptions): Drive {
  const { program, args, path = '/usr/local/bin:/usr/bin:/bin', onProblem } = options;
  const running = new Set<RunningProgram>();
  const stopAll = () => {
    for (const one of running) one.stop();
  };
  // Also where the stop takes too long and is cut short.
  process.once('exit', stopAll);
  return {
    async open(pulse, { grant, direction }) {
      if (running.size >= AT_ONCE) throw tooMany(program);
      const env = {
        PATH: path,
        TWINSTILE_GRANT: grant,
        TWINSTILE_PULSE_MS: String(pulse),
        TWINSTILE_DIRECTION: direction,
      };
      const one = startProgram({ program, args, env, limit: millis(pulse + TIDY_UP), onProblem });
      running.add(one);
      void one.ended.then(() => running.delete(one));
      await one.moved;
    },
    async close() {
      const ended = Promise.all([...running].map((one) => one.ended));
      await Promise.race([ended, pause(STOP_GRACE)]);
      stopAll();
      await ended;
      process.off('exit', stopAll);
    },
  };
}

function tooMany(program: string): TwinstileError {
  return new TwinstileError({
    code: 'gate-unusable',
    message: `${program} does not end: ${AT_ONCE} of them are still running.`,
    hint: 'Let the program end soon after TWINSTILE_PULSE_MS.',
  });
}
