/** `twinstile tuf`: the sync's own trust over any TUF repository, as the conformance suite of TUF drives a client. */

import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { TargetFile } from '@tufjs/models';
import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { wallTime } from '../../base/units.js';
import type { TrustStore } from '../../fleet/fleet-ports.js';
import { openFleetSource } from '../../fleet/repository/open-source.js';
import { fetchTarget, findTarget } from '../../fleet/sync/find-target.js';
import { type RefreshDependencies, refreshTrust } from '../../fleet/sync/refresh-trust.js';
import { expectTarget, trustFirst } from '../../fleet/tuf/trusted.js';
import { NO_TRUSTED_VERSIONS, trustedVersionsOf } from '../../fleet/tuf/trusted-versions.js';
import { readIfPresent, writeFileAtomically } from '../../platform/atomic-file.js';
import { makeFolder } from '../../platform/folders.js';
import { MAX_KEY_FILE, readPlainFile } from '../../platform/plain-file.js';
import { type OfficeDependencies, officeDependencies } from '../office-dependencies.js';

interface Options {
  readonly metadataDir: string;
  readonly metadataUrl?: string;
  readonly targetName?: string;
  readonly targetBaseUrl?: string;
  readonly targetDir?: string;
}

export function tufCommand(replaced: Partial<OfficeDependencies> = {}): Command {
  const dependencies = { ...officeDependencies(), ...replaced };
  return new Command('tuf')
    .description(
      'Drive the trust of the sync over any TUF repository (for tuf-conformance; see CONTRIBUTING.md).',
    )
    .requiredOption('--metadata-dir <dir>', 'where trusted metadata is kept')
    .option('--metadata-url <url>', 'where metadata is fetched')
    .option('--target-name <name>', 'what to download')
    .option('--target-base-url <url>', 'where targets are fetched')
    .option('--target-dir <dir>', 'where the target goes')
    .argument('<what>', 'init, refresh or download')
    .argument('[root]', 'for init: the root to trust')
    .action((what: string, root: string | undefined, options: Options) =>
      drive(dependencies, what, root, options),
    );
}

async function drive(
  office: OfficeDependencies,
  what: string,
  root: string | undefined,
  options: Options,
): Promise<void> {
  const seed = path.join(options.metadataDir, 'root.json');
  if (what === 'init') {
    const bytes = await readPlainFile(required(root, 'a root file'), { maxBytes: MAX_KEY_FILE });
    trustFirst(bytes, NO_TRUSTED_VERSIONS);
    return writeFileAtomically(seed, bytes);
  }
  if (what !== 'refresh' && what !== 'download') throw unfit('init, refresh or download', what);
  const source = openFleetSource(required(options.metadataUrl, '--metadata-url'), office.env);
  const dependencies: RefreshDependencies = {
    source,
    store: metadataDir(options.metadataDir),
    seedRoot: await readPlainFile(seed, { maxBytes: MAX_KEY_FILE }),
    clock: office.clock.wall(),
    folder: '',
  };
  try {
    const trusted = await refreshTrust(dependencies);
    if (what === 'download') await download(office, dependencies, trusted, options);
  } finally {
    await source.close();
  }
}

async function download(
  { env }: OfficeDependencies,
  dependencies: RefreshDependencies,
  start: Awaited<ReturnType<typeof refreshTrust>>,
  options: Options,
): Promise<void> {
  const name = required(options.targetName, '--target-name');
  const folder = required(options.targetDir, '--target-dir');
  const found = await findTarget(dependencies, start, name);
  if (found === undefined) throw unfit(`a target ${name} in the repository`, 'none');
  const file = path.join(folder, encodeURIComponent(name));
  if (await isHere(file, found.target)) return;
  const targets = openFleetSource(required(options.targetBaseUrl, '--target-base-url'), env);
  try {
    const bytes = await fetchTarget({ source: targets, folder: '' }, found.trusted, found.target);
    await makeFolder(folder, 0o755);
    await writeFileAtomically(file, bytes);
  } finally {
    await targets.close();
  }
}

/** Whether it was downloaded before, and is still what it was. */
async function isHere(file: string, target: TargetFile): Promise<boolean> {
  const bytes = await readIfPresent(file);
  if (bytes === undefined) return false;
  try {
    expectTarget(target, bytes, (algorithm) => createHash(algorithm).update(bytes).digest('hex'));
    return true;
  } catch {
    // Another version of it, or a damaged one: it is fetched again.
    return false;
  }
}

function required(value: string | undefined, what: string): string {
  if (value === undefined) throw unfit(what, 'none');
  return value;
}

const unfit = (expected: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'See CONTRIBUTING.md for how the conformance suite calls it.',
  });

/** Trusted metadata in a folder of files, as TUF's own clients keep it; for the conformance suite. */
function metadataDir(folder: string): TrustStore {
  const read = async (): Promise<Map<string, Buffer>> => {
    await makeFolder(folder, 0o755);
    const pieces = new Map<string, Buffer>();
    for (const name of await readdir(folder))
      if (name.endsWith('.json') && !/^\d+\./.test(name))
        pieces.set(
          decodeURIComponent(name.slice(0, -'.json'.length)),
          await readPlainFile(path.join(folder, name), { maxBytes: MAX_KEY_FILE }),
        );
    return pieces;
  };
  return {
    async load() {
      const pieces = await read();
      return { pieces, trustedVersions: trustedVersionsOf(pieces), trustedTime: wallTime(0) };
    },
    async save({ pieces }) {
      const before = await read();
      for (const [role, bytes] of pieces)
        if (before.get(role)?.equals(bytes) !== true)
          await writeFileAtomically(path.join(folder, `${encodeURIComponent(role)}.json`), bytes);
    },
  };
}
