/** A disk that answers EIO or ENOSPC to single calls, injected by strace. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { until } from '../../until.js';
import { bundled } from '../bundle.js';
import { chance } from '../chance.js';
import { faultsOf } from '../check-database.js';
import type { Row } from '../row.js';
import { durableOf, startWriter } from '../writer-process.js';

const CALLS = ['pwrite64', 'fdatasync', 'fsync', 'ftruncate', 'write'] as const;
const ERRORS = ['EIO', 'ENOSPC'] as const;

export const diskErrors: Row = {
  name: 'disk-errors',
  claim:
    'after EIO or ENOSPC on single calls the process goes on or ends in words, and the database is whole with every acknowledged row',
  short: 10,
  long: 300,
  async run({ n, folder, scope }) {
    if (!(await canTrace())) return { skipped: 'needs strace, and leave to trace processes' };
    const program = await bundled(scope, 'writer');
    const luck = chance(13);
    const failures: string[] = [];
    let told = 0;
    let wentOn = 0;
    for (let trial = 0; trial < n; trial += 1) {
      const file = path.join(folder, `${trial}`, 'twinstile.db');
      const call = CALLS[trial % CALLS.length] ?? 'pwrite64';
      const error = luck.pick(ERRORS);
      const first = 5 + luck.below(40);
      const inject = `${call}:error=${error}:when=${first}..${first + luck.below(4)}`;
      // `write` is also the pipe to us: only calls on the database's files count.
      const only = ['-P', file, '-P', `${file}-wal`, '-P', `${file}-shm`];
      const writer = startWriter([
        'strace',
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        ...only,
        '-e',
        `trace=${call}`,
        '-e',
        `inject=${inject}`,
        process.execPath,
        program,
        file,
        '2',
      ]);
      const enough = () => writer.ended || writer.said.filter(({ kind }) => kind === 'people').length > 25;
      await until(enough, 'it writes').catch(() => {});
      await sleep(luck.below(30));
      const faultAt = writer.said.findIndex(({ kind }) => kind === 'failed');
      if (faultAt >= 0) told += 1;
      if (faultAt >= 0 && writer.said.slice(faultAt).some(({ kind }) => kind === 'durable')) wentOn += 1;
      const { ended, words } = writer;
      await writer.kill();
      if (ended && !/Expected/.test(words))
        failures.push(`${inject}: ended without words: ${words.slice(-300)}`);
      for (const fault of await faultsOf(file, durableOf(writer.said))) failures.push(`${inject}: ${fault}`);
    }
    return { n, failures, note: `${told} times a writer heard of it, ${wentOn} times it went on` };
  },
};

async function canTrace(): Promise<boolean> {
  try {
    await promisify(execFile)('strace', ['-qq', '-o', '/dev/null', 'true']);
    return true;
  } catch {
    // Not installed, or not allowed in here: the row says so.
    return false;
  }
}
