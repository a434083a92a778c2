/** `twinstile models`: lists, fetches, builds, checks, publishes and rolls out model packs. */

import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { filesOf, type ModelFile } from '../../biometrics/model-card.js';
import { bytesFrom } from '../../biometrics/packs/download-pack.js';
import { installPack, renewCard } from '../../biometrics/packs/install-pack.js';
import { type Catalog, commandFor, packsFolder, readCatalog } from '../../biometrics/packs/pack-catalog.js';
import { type PackReport, reportPack, reportPacks } from '../../biometrics/packs/pack-store.js';
import { takesEscapes } from '../../platform/output-guard.js';
import { loadConfig } from '../../service/config/load-config.js';
import { type OfficeDependencies, officeDependencies } from '../office-dependencies.js';
import { barOf, linesOf, megabytes } from '../progress-line.js';
import { reencodeCommand } from './models-reencode.js';
import { publishCommand, rolloutCommand } from './models-rollout.js';

/** What the commands need from outside; the defaults are the real ones. */
export interface ModelsDependencies {
  readonly print: (line: string) => void;
  /** TWINSTILE_PACKS, and the proxy. */
  readonly env: NodeJS.ProcessEnv;
  /** Whether a bar can be drawn on stderr. */
  readonly tty: boolean;
  readonly catalog: () => Promise<Catalog>;
  /** Makes the files of pack `builtin`, by name. */
  readonly buildBuiltin: () => Promise<ReadonlyMap<string, Uint8Array>>;
  readonly setExitCode: (code: number) => void;
  /** For what is published. */
  readonly office: OfficeDependencies;
}

const realDependencies = (): ModelsDependencies => ({
  print: (line) => process.stdout.write(`${line}\n`),
  env: process.env,
  tty: takesEscapes(process.stderr),
  catalog: () => readCatalog(),
  // Loaded only here: it brings protobufjs along.
  buildBuiltin: async () => (await import('../../biometrics/builtin/builtin-networks.js')).buildBuiltin(),
  setExitCode: (code) => {
    process.exitCode = code;
  },
  office: officeDependencies(),
});

interface Options {
  readonly folder?: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly mirror?: string;
  readonly ifMissing?: boolean;
}

/** @param replaced of the dependencies, in tests. */
export function modelsCommand(replaced: Partial<ModelsDependencies> = {}): Command {
  const dependencies = { ...realDependencies(), ...replaced };
  return new Command('models')
    .description('List, fetch, build and check model packs.')
    .option(
      '--folder <dir>',
      'folder of the packs (else TWINSTILE_PACKS, else models.folder, else models/packs)',
    )
    .option('-c, --config <file>', 'configuration whose models.folder, fleet and site are used')
    .addCommand(listCommand(dependencies))
    .addCommand(pullCommand(dependencies))
    .addCommand(buildCommand(dependencies))
    .addCommand(verifyCommand(dependencies))
    .addCommand(publishCommand(dependencies.office))
    .addCommand(rolloutCommand(dependencies.office))
    .addCommand(reencodeCommand(dependencies.office));
}

const listCommand = (dependencies: ModelsDependencies): Command =>
  new Command('list')
    .description('Show every known pack and its state.')
    .option('--json', 'as JSON')
    .action((_options: unknown, command: Command) => list(dependencies, command.optsWithGlobals<Options>()));

const pullCommand = (dependencies: ModelsDependencies): Command =>
  new Command('pull')
    .description('Fetch a pack, check it and put it in place.')
    .argument('<name>', 'name of the pack')
    .option('--mirror <place>', 'folder or address that holds the files')
    .action((name: string, _options: unknown, command: Command) =>
      pull(dependencies, name, command.optsWithGlobals<Options>()),
    );

const buildCommand = (dependencies: ModelsDependencies): Command =>
  new Command('build')
    .description('Build a pack from installed npm packages, without any download.')
    .argument('<name>', 'name of the pack: builtin')
    .option('--if-missing', 'build nothing when it is there and whole; a card of another release is renewed')
    .action((name: string, _options: unknown, command: Command) =>
      build(dependencies, name, command.optsWithGlobals<Options>()),
    );

const verifyCommand = (dependencies: ModelsDependencies): Command =>
  new Command('verify')
    .description('Check size, sha256 and structure of packs; exit code 4 when one is damaged.')
    .argument('[names...]', 'names of packs; all when none is given')
    .option('--json', 'as JSON')
    .action((names: string[], _options: unknown, command: Command) =>
      verify(dependencies, names, command.optsWithGlobals<Options>()),
    );

async function list(dependencies: ModelsDependencies, options: Options): Promise<void> {
  const reports = await reportPacks(await folderOf(dependencies, options), await dependencies.catalog());
  if (options.json === true) return dependencies.print(JSON.stringify(reports, null, 2));
  const width = Math.max(...reports.map(({ name }) => name.length));
  for (const { name, state, bytes, licences, summary, calibrated } of reports) {
    dependencies.print(
      [
        name.padEnd(width),
        state.padEnd('installed'.length),
        (bytes === undefined ? '?' : megabytes(bytes)).padStart(8),
        calibrated === true ? 'calibrated    ' : 'not calibrated',
        summary ?? 'its card cannot be read',
      ].join('  '),
    );
    if (licences !== undefined) dependencies.print(`${' '.repeat(width)}  licences: ${licences.join('; ')}`);
  }
}

async function pull(dependencies: ModelsDependencies, name: string, options: Options): Promise<void> {
  const { card, obtain } = await shippedPack(dependencies, name);
  const { mirror } = options;
  if (obtain === 'build' && mirror === undefined)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected the name of a pack that can be fetched, got '${name}'.`,
      hint: `Run: ${commandFor(name, obtain)}`,
    });
  const folder = await folderOf(dependencies, options);
  const total = filesOf(card).reduce((sum, { bytes }) => sum + bytes, 0);
  const progress = dependencies.tty ? barOf(total) : linesOf(dependencies.print, total);
  await untilInterrupted(async (signal) => {
    try {
      const source = { pack: name, signal, onProgress: progress.show, env: dependencies.env };
      const bytesOf = (file: ModelFile) =>
        bytesFrom(file, mirror === undefined ? source : { ...source, mirror });
      await installPack(folder, card, bytesOf, signal);
    } finally {
      progress.end();
    }
  });
  dependencies.print(
    `Pack '${name}' is installed in ${folder}: every file has the declared size and sha256.`,
  );
}

async function build(dependencies: ModelsDependencies, name: string, options: Options): Promise<void> {
  const catalog = await dependencies.catalog();
  const { card, obtain } = await shippedPack(dependencies, name);
  if (obtain !== 'build')
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected the name of a pack that can be built, got '${name}'.`,
      hint: `Run: ${commandFor(name, obtain)}`,
    });
  const folder = await folderOf(dependencies, options);
  if (options.ifMissing === true && (await reportPack(folder, catalog, name)).state === 'installed') {
    const isRenewed = await renewCard(folder, card);
    return dependencies.print(
      `Pack '${name}' is there already${isRenewed ? '; its card was another one and is now that of this release' : ''}.`,
    );
  }
  const built = await dependencies.buildBuiltin();
  await untilInterrupted((signal) => installPack(folder, card, (file) => [bytesBuilt(built, file)], signal));
  dependencies.print(`Pack '${name}' is built and installed in ${folder}.`);
}

async function verify(
  dependencies: ModelsDependencies,
  names: readonly string[],
  options: Options,
): Promise<void> {
  const folder = await folderOf(dependencies, options);
  const reports = await reportPacks(
    folder,
    await dependencies.catalog(),
    names.length === 0 ? undefined : names,
  );
  // A pack that was named must not be missing; others may be.
  const bad = ({ state }: PackReport): boolean =>
    state === 'damaged' || (state === 'missing' && names.length > 0);
  if (reports.some(bad)) dependencies.setExitCode(exitCodeOf('not-well'));
  if (options.json === true) return dependencies.print(JSON.stringify(reports, null, 2));
  for (const report of reports) {
    dependencies.print(`${report.name}: ${report.state}`);
    if (bad(report)) dependencies.print([`  ${report.problem}`, report.hint].filter(Boolean).join(' '));
  }
}

async function shippedPack({ catalog }: ModelsDependencies, name: string) {
  const known = await catalog();
  const pack = known.get(name);
  if (pack === undefined)
    throw new TwinstileError({
      code: 'pack-unknown',
      message: `Expected the name of a model pack of this release, got '${name}'.`,
      hint: `Use one of: ${[...known.keys()].join(', ')}.`,
    });
  return pack;
}

function bytesBuilt(built: ReadonlyMap<string, Uint8Array>, { file }: ModelFile): Uint8Array {
  const bytes = built.get(file);
  if (bytes === undefined)
    throw new TwinstileError({
      code: 'pack-refused',
      message: `The build did not make ${file}, only ${[...built.keys()].join(', ') || 'nothing'}.`,
      hint: 'Run npm ci, then build again.',
    });
  return bytes;
}

async function folderOf({ env }: ModelsDependencies, { folder, config }: Options): Promise<string> {
  const configured = config === undefined ? undefined : (await loadConfig(config)).models.folder;
  return packsFolder({ argument: folder, env, config: configured });
}

/** The first Ctrl-C or SIGTERM undoes what was begun; the next one meets Node's default and ends at once. */
async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  process.once('SIGINT', abort).once('SIGTERM', abort);
  try {
    await work(stop.signal);
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort);
  }
}
