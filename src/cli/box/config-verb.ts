/** `twinstile config`: checks a configuration, and describes its keys, its unit and its access list. */

import { getServers } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import path from 'node:path';
import { Command } from 'commander';
import { within } from '../../base/delay.js';
import { TwinstileError } from '../../base/errors.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { plural } from '../../base/plural.js';
import { millis } from '../../base/units.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import { packsFolder, readCatalog } from '../../biometrics/packs/pack-catalog.js';
import { cardOf } from '../../biometrics/packs/pack-store.js';
import { writeFileAtomically } from '../../platform/atomic-file.js';
import type { Config } from '../../service/config/config-schema.js';
import { exampleConfig } from '../../service/config/example-config.js';
import { explainKeys, jsonSchema, type KeyRow } from '../../service/config/explain-config.js';
import { loadConfig } from '../../service/config/load-config.js';
import { type UnitDependencies, unitNeeds } from '../../service/daemon/unit-needs.js';
import { accessListOf } from '../../service/setup/broker-address.js';
import { exposuresOf, formatExposure, withoutFaceFreeWay } from '../../service/setup/exposures.js';
import { credentialsOf, type MissingPlace, missingPlaces } from '../../service/setup/missing-places.js';

interface ConfigDependencies {
  readonly print: (line: string) => void;
  readonly names: UnitDependencies;
  readonly env: NodeJS.ProcessEnv;
  readonly setExitCode: (code: number) => void;
}

/** Without a network the installation must not wait longer. */
const MAX_LOOKUP = millis(5000);

const realDependencies = (): ConfigDependencies => ({
  print: (line) => process.stdout.write(`${line}\n`),
  env: process.env,
  setExitCode: (code) => {
    process.exitCode = code;
  },
  names: {
    lookup: async (host) => {
      const found = await within(MAX_LOOKUP, lookup(host, { all: true }), () => unresolved(host));
      return found.map(({ address }) => address);
    },
    resolvers: getServers().map(addressOf),
  },
});

const unresolved = (host: string): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `The name ${host} was not resolved within 5 s.`,
    hint: 'Check the network and the name.',
  });

/** A server with a port of its own is written "ADDRESS:PORT" or "[ADDRESS]:PORT". */
const addressOf = (server: string): string =>
  isIP(server) === 0 ? new URL(`dns://${server}`).hostname.replace(/^\[|\]$/g, '') : server;

export function configCommand(replaced: Partial<ConfigDependencies> = {}): Command {
  const dependencies = { ...realDependencies(), ...replaced };
  return new Command('config')
    .description('Check, explain and describe the configuration.')
    .addCommand(exampleCommand(dependencies))
    .addCommand(checkCommand(dependencies))
    .addCommand(explainCommand(dependencies))
    .addCommand(unitCommand(dependencies))
    .addCommand(accessListCommand(dependencies))
    .addCommand(schemaCommand(dependencies));
}

const exampleCommand = ({ print }: ConfigDependencies): Command =>
  new Command('example')
    .description('Print a configuration to begin with: one box, one lane, with comments.')
    .option('--by-hand', 'for a box that is started from a folder, with its keys beside the file')
    .option('--camera <source>', 'in the place of /dev/video0: a device, rtsp://…, http://… or a film')
    .action(async ({ byHand = false, camera }: { readonly byHand?: boolean; readonly camera?: string }) =>
      print((await exampleConfig({ byHand, camera })).trimEnd()),
    );

const checkCommand = ({ print, env, setExitCode }: ConfigDependencies): Command =>
  new Command('check')
    .description(
      'Read a configuration, say everything that is wrong with it, and what it names that is not on this machine.',
    )
    .argument('<file>', 'the YAML file')
    .option('--elsewhere', 'it is for another machine: do not look for its files, keys and pack here')
    .action(async (file: string, { elsewhere = false }: { readonly elsewhere?: boolean }) => {
      const config = await loadConfig(file);
      const { site, lanes, models } = config;
      const facts =
        lanes.length === 0
          ? `site ${site}, a registrar without lanes`
          : `site ${site}, model pack ${models.pack}, lanes ${lanes.map(({ id }) => id).join(', ')}`;
      const missing = elsewhere ? [] : await lookHere(config, env);
      for (const line of await checkLines(file, facts, config)) print(line);
      for (const line of missingLines(missing)) print(line);
      const sealed = env.CREDENTIALS_DIRECTORY === undefined && !elsewhere ? credentialsOf(config) : [];
      if (sealed.length > 0)
        print(
          `Credentials of systemd (${sealed.join(', ')}) are seen only in the service: twinstile doctor looks there.`,
        );
      if (missing.length > 0) setExitCode(exitCodeOf('not-well'));
    });

async function lookHere(config: Config, env: NodeJS.ProcessEnv): Promise<readonly MissingPlace[]> {
  return missingPlaces(config, {
    packs: packsFolder({ env, config: config.models.folder }),
    catalog: await readCatalog(),
    credentials: env.CREDENTIALS_DIRECTORY,
  });
}

const missingLines = (missing: readonly MissingPlace[]): readonly string[] =>
  missing.length === 0
    ? []
    : [
        `${plural(missing.length, 'thing', 'things')} that it names cannot be used here, by this user:`,
        ...missing.flatMap(({ key, fault, todo }) => [`  ${key}: ${fault}`, `    -> ${todo}`]),
      ];

const explainCommand = ({ print }: ConfigDependencies): Command =>
  new Command('explain')
    .description('Show every key with its meaning, default and unit.')
    .argument('[key]', 'only this key and those in it, such as "lanes.camera"')
    .action((key: string | undefined) => {
      const rows = explainKeys(key);
      if (rows.length === 0)
        throw new TwinstileError({
          code: 'bad-arguments',
          message: `Expected a key of the configuration, got "${key}".`,
          hint: 'Run `twinstile config explain` to see them all.',
        });
      for (const row of rows) print(lineFor(row));
    });

const unitCommand = ({ print, names }: ConfigDependencies): Command =>
  new Command('unit')
    .description(
      'What it needs beyond twinstile.service, as a drop-in for systemd; nothing when the unit is enough.',
    )
    .argument('<file>', 'the YAML file')
    .action(async (file: string) => {
      const { lines, unknown } = await unitNeeds(await loadConfig(file), names);
      for (const line of unknown.map((one) => `# ${one}: its addresses are missing here.`)) print(line);
      for (const line of lines) print(line);
    });

const accessListCommand = ({ print }: ConfigDependencies): Command =>
  new Command('access-list')
    .alias('acl')
    .description('Print the access list of the broker that this configuration needs, for Mosquitto.')
    .argument('<file>', 'the YAML file')
    .action(async (file: string) => {
      for (const line of accessListOf(await loadConfig(file))) print(line);
    });

const schemaCommand = ({ print }: ConfigDependencies): Command =>
  new Command('schema')
    .description('Print the JSON Schema (2020-12), for editors.')
    .option('--out <file>', 'write it there, where the first line of a configuration points to')
    .action(async ({ out }: { readonly out?: string }) => {
      const text = JSON.stringify(jsonSchema(), null, 2);
      if (out === undefined) return print(text);
      await writeFileAtomically(out, `${text}\n`, 0o644);
      print(
        `${out}: a configuration beside it whose first line is "${schemaHint(out)}" is checked while it is typed.`,
      );
    });

const schemaHint = (file: string): string => `# yaml-language-server: $schema=${path.basename(file)}`;

/** Lists mistakes and exposures: a file without a mistake can still leave doors open. */
async function checkLines(file: string, facts: string, config: Config): Promise<readonly string[]> {
  if (config.lanes.length === 0) return [`${file} is right: ${facts}.`];
  const card = await cardIfKnown(config);
  const open = exposuresOf(config, card ?? { name: config.models.pack, liveness: [] });
  return [
    open.length === 0
      ? `${file} is right, and nothing is open by it: ${facts}.`
      : `${file} can be used: ${facts}. ${plural(open.length, 'thing is', 'things are')} open by it:`,
    ...open.flatMap((one) => [`  ${formatExposure(one)}`, `    -> ${one.todo}`]),
    ...withoutFaceFreeWay(config).flatMap(({ sentence, todo }) => [sentence, `    -> ${todo}`]),
    ...(card === undefined
      ? [
          `Nothing is known of the pack ${config.models.pack}: it is taken for one that cannot tell a face from a picture.`,
        ]
      : []),
    'The access list of the broker cannot be seen from here: twinstile doctor tries it.',
  ];
}

/** A pack of this release is known before it is pulled. */
async function cardIfKnown({ models }: Config): Promise<ModelCard | undefined> {
  const catalog = await readCatalog();
  const folder = packsFolder({ env: process.env, config: models.folder });
  try {
    return catalog.get(models.pack)?.card ?? (await cardOf(folder, models.pack, catalog));
  } catch (error) {
    // One of the owner's own that is not on this machine: a configuration is checked anywhere.
    if (error instanceof TwinstileError) return undefined;
    throw error;
  }
}

function lineFor({ path, meaning, byDefault, required, unit, kinds, choices }: KeyRow): string {
  const notes = [
    ...(kinds === undefined ? [] : [`kind ${kinds.join(', ')}`]),
    ...(required ? ['required'] : []),
    ...(byDefault === undefined ? [] : [`default ${byDefault}`]),
    ...(unit === '' ? [] : [`in ${unit}`]),
  ];
  const words = choices === undefined ? '' : ` [${choices.join(' | ')}]`;
  return `${path}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}${words}\n    ${meaning}`;
}
