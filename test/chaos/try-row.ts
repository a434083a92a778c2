/** Tries one row in a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Finding, Row } from './row.js';
import { openScope } from './scope.js';

export async function tryRow(row: Row, n: number): Promise<Finding> {
  const folder = await mkdtemp(path.join(tmpdir(), `twinstile-chaos-${row.name}-`));
  const scope = openScope();
  try {
    return await row.run({ n, folder, scope });
  } finally {
    await scope.close();
    await rm(folder, { recursive: true, force: true });
  }
}
