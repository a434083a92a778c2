/** A gate that is moved by a program of the site's own. */
import { TwinstileError } from '../../base/errors.js';
import { type Millis, millis } from '../../base/units.js';
import type { Drive } from '../../ports/drive.js';
import { type RunningProgram, startWell } from './program.js';

export interface CommandOptions {
  /** Started without a shell. */
  readonly program: string;
  readonly args: readonly string[];
  /** PATH for the program; the rest of the environment is not passed on. */
  readonly path?: string;
  readonly onProblem?: (detail: string) => void;
}

/** A script that calls a relay over the network fails within this, if it fails. The acknowledgement must be on its way by 400 ms. */
const SETTLE: Millis = millis(300);
/** The program may sleep for the pulse and tidy up after it. */
const TIDY_UP = 5000;
/** At one grant a second none of these is reached unless programs hang. */
const AT_ONCE = 16;

/**
 * Runs the program for each grant, with TWINSTILE_GRANT, TWINSTILE_PULSE_MS and TWINSTILE_DIRECTION.
 * It opens the gate and sees to it that the gate closes after the pulse: it is killed 5 s after that.
 */
export function createCommandDrive(options: CommandOptions): Drive {
  const { program, args, path = '/usr/local/bin:/usr/bin:/bin', onProblem } = options;
  const running = new Set<RunningProgram>();
  return {
    async open(pulse, { grant, direction }) {
      if (running.size >= AT_ONCE) throw tooMany(program);
      const env = {
        PATH: path,
        TWINSTILE_GRANT: grant,
        TWINSTILE_PULSE_MS: String(pulse),
        TWINSTILE_DIRECTION: direction,
      };
      const limit = millis(pulse + TIDY_UP);
      const call = { program, args, env, settle: SETTLE, limit };
      const one = await startWell(onProblem === undefined ? call : { ...call, onProblem });
      running.add(one);
      void one.ended.then(() => running.delete(one));
    },
    async close() {
      // One that is cut off half way might leave the gate open; each has its limit.
      await Promise.all([...running].map(({ ended }) => ended));
    },
  };
}

function tooMany(program: string): TwinstileError {
  return new TwinstileError({
    code: 'gate-unusable',
    message: `Expected ${program} to end, got ${AT_ONCE} of them still running.`,
    hint: 'Let the program end soon after TWINSTILE_PULSE_MS.',
  });
}
