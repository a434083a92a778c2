/** Shell scripts that stand in for the programs that move a gate. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export interface Workbench {
  readonly folder: string;
  path(name: string): string;
  exists(name: string): boolean;
  /** Lines of a file, none when it is absent. */
  lines(name: string): Promise<readonly string[]>;
  /** An executable script; `$HERE` is the folder. @returns its path. */
  script(name: string, body: string): Promise<string>;
}

export async function workbenchFor(t: TestContext): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'twinstile-drive-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);
  return {
    folder,
    path,
    exists: (name) => existsSync(path(name)),
    async lines(name) {
      if (!existsSync(path(name))) return [];
      return (await readFile(path(name), 'utf8')).split('\n').filter(Boolean);
    },
    async script(name, body) {
      await writeFile(path(name), `#!/bin/sh\nHERE='${folder}'\n${body}\n`, { mode: 0o755 });
      return path(name);
    },
  };
}
