/** Whether the machine's clock can be right: whether a time service keeps it, and the earliest time that it may show. */
import { execFile } from 'node:child_process';
import { wallTime } from '../base/units.js';

const LIMIT_MS = 3000;
/** adjtimex by architecture (Linux, 64 bit), and STA_UNSYNC of its `status`, 40 bytes into struct timex. */
const CALL: Readonly<Record<string, number>> = { x64: 159, arm64: 171 };
const PROGRAM =
  'my $t = "\\0" x 208; my $r = syscall($ARGV[0] + 0, $t); exit 2 if $r < 0; exit(unpack("x40 i", $t) & 0x40 ? 1 : 0)';

/**
 * Asks the kernel whether a time service keeps the clock, by adjtimex(2): setting the clock by hand clears it, and it is
 * clear again 16 s of possible error after the last word of a server.
 * @returns undefined where it cannot be determined. Never throws; takes at most 6 s.
 */
export async function isTimeSynchronised(): Promise<boolean | undefined> {
  return (await readKernelSync()) ?? (await readTimedatectl());
}

/** Perl, because Node cannot make the call and every Debian and Ubuntu has it. A unit with ProtectClock= forbids the call. */
async function readKernelSync(): Promise<boolean | undefined> {
  const call = process.platform === 'linux' ? CALL[process.arch] : undefined;
  if (call === undefined) return undefined;
  const { code } = await runQuietly('perl', ['-e', PROGRAM, String(call)]);
  return code === 0 ? true : code === 1 ? false : undefined;
}

async function readTimedatectl(): Promise<boolean | undefined> {
  const { code, text } = await runQuietly('timedatectl', ['show', '--property=NTPSynchronized', '--value']);
  return code === 0 ? text.trim() === 'yes' : undefined;
}

interface Ran {
  /** Absent: it could not be started, was killed, or took too long. */
  readonly code?: number;
  readonly text: string;
}

const runQuietly = (program: string, args: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(program, args, { timeout: LIMIT_MS }, (error, stdout) => {
      if (error === null) resolve({ code: 0, text: stdout });
      else resolve(typeof error.code === 'number' ? { code: error.code, text: stdout } : { text: stdout });
    });
  });

/**
 * No right clock shows an earlier time than this: the day of the newest release in CHANGELOG.md, to which a test holds it.
 *
 * Written down and not taken from the clock of the build machine: one that runs ahead would make every right clock look wrong.
 */
export const RELEASED = wallTime(Date.UTC(2026, 0, 1));
