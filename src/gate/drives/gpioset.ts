/** Drives a gate on a GPIO line, through libgpiod's `gpioset`. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { TwinstileError } from '../../base/errors.js';
import { type Millis, millis } from '../../base/units.js';
import type { Drive } from './drive.js';
import { type RunningProgram, startProgram } from './drive-program.js';

interface GpioOptions {
  /** "gpiochip0" */
  readonly chip: string;
  /** Offset of the line on its chip, 0 or more. */
  readonly line: number;
  /** The relay pulls at low level. */
  readonly activeLow?: boolean;
  /** Absent: `gpioset` on the PATH. */
  readonly program?: string;
  readonly onProblem?: (detail: string) => void;
}

/** A missing chip or a line that another process holds shows within a few ms. */
const SETTLE: Millis = millis(150);
/** What setting the line back may take beyond the pulse. */
const TIDY_UP = 1000;
const VERSION_LIMIT = 2000;

/** @throws TwinstileError 'gate-unusable' when there is no gpioset of libgpiod 1 or 2. */
export async function createGpioDrive(options: GpioOptions): Promise<Drive> {
  const { chip, line, activeLow = false, program = 'gpioset', onProblem } = options;
  const version = await versionOf(program);
  let holding: RunningProgram | undefined;

  const letGo = async () => {
    holding?.stop();
    await holding?.ended;
    holding = undefined;
  };
  return {
    async open(pulse) {
      // A process that still holds the line would keep the next one from it.
      await letGo();
      const call = {
        program: '/bin/sh',
        args: ['-c', HOLD_LINE[version]],
        env: {
          PATH: process.env.PATH ?? '/usr/bin:/bin',
          GPIOSET: program,
          FLAGS: activeLow ? '-l' : '',
          CHIP: chip,
          LINE: String(line),
          MS: String(pulse),
          SECONDS_WHOLE: String(Math.trunc(pulse / 1000)),
          MICROSECONDS: String((pulse % 1000) * 1000),
        },
        settle: SETTLE,
        limit: millis(pulse + TIDY_UP),
      };
      holding = startProgram({ ...call, onProblem });
      await holding.moved;
    },
    close: letGo,
  };
}

async function versionOf(program: string): Promise<Libgpiod> {
  let output: string;
  try {
    output = (await promisify(execFile)(program, ['--version'], { timeout: VERSION_LIMIT })).stdout;
  } catch (cause) {
    throw unusable('no such program', cause);
  }
  const major = /\bv?(\d+)\.\d+/.exec(output)?.[1];
  if (major === '1' || major === '2') return major;
  throw unusable(`${JSON.stringify(output.slice(0, 60))} from ${program} --version`);
}

function unusable(got: string, cause?: unknown): TwinstileError {
  return new TwinstileError({
    code: 'gate-unusable',
    message: `Expected gpioset of libgpiod 1 or 2, got ${got}.`,
    hint: 'Install it: sudo apt install gpiod',
    cause,
  });
}

// A shell script holds the line for a pulse and sets it back.
//
// A process of its own, so that the pulse ends also when the actuator is killed. Setting back is not left to the kernel: where
// `persist_gpio_outputs` is on, as on a Raspberry Pi, a line that is let go stays as it was, and the gate open. The script is
// constant and takes its values from the environment: nothing is ever pasted into it.

type Libgpiod = '1' | '2';

/** Exit codes over 128 are signals: it was asked to end early. With any other the line was never taken. */
const FRAME = `
child=
trap 'kill "$child"' TERM
hold & child=$!
wait "$child"; status=$?
trap '' TERM
wait "$child"
if [ "$status" = 0 ] || [ "$status" -gt 128 ]; then release; fi
exit "$status"
`;

/** By major version of libgpiod, whose options changed. Of 2, the period 0 after the first one ends the program. */
const HOLD_LINE: Readonly<Record<Libgpiod, string>> = {
  '1': `
hold() { exec "$GPIOSET" $FLAGS -m time -s "$SECONDS_WHOLE" -u "$MICROSECONDS" "$CHIP" "$LINE=1"; }
release() { "$GPIOSET" $FLAGS "$CHIP" "$LINE=0"; }
${FRAME}`,
  '2': `
hold() { exec "$GPIOSET" $FLAGS -t "\${MS}ms,0" -c "$CHIP" "$LINE=1"; }
release() { "$GPIOSET" $FLAGS -t 0 -c "$CHIP" "$LINE=0"; }
${FRAME}`,
};
