/** Checks that the vision process can be isolated from keys and gallery. */
import { execFile } from 'node:child_process';
import { SANDBOXED } from '../setup/sandbox-policy.js';
import { type Check, good, warning } from './finding.js';

const ABOUT = 'sandbox';

export const checkSandbox: Check = {
  about: ABOUT,
  look: () =>
    new Promise((resolve) => {
      execFile(SANDBOXED, ['--check'], { timeout: 3000 }, (error, stdout) =>
        resolve([
          error === null
            ? good(ABOUT, `${stdout.trim()}: the vision processes cannot reach keys and gallery.`)
            : warning(
                ABOUT,
                `The vision processes run without a wall: ${stdout.trim() || error.message}`,
                'Use Linux 5.13 or newer with Landlock, and install perl-base.',
              ),
        ]),
      );
    }),
};
