import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

/** Fresh file names in a folder that goes away with the test file. */
export async function scratchFolder(): Promise<() => string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-db-'));
  after(() => rm(folder, { recursive: true, force: true }));
  let count = 0;
  return () => {
    count += 1;
    return path.join(folder, `data-${count}`, 'twinstile.db');
  };
}
