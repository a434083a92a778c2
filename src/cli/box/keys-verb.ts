/** `twinstile keys`: new keys, in files that only their owner can read. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { Command, Option } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { countPeople, plural } from '../../base/plural.js';
import { systemFailure } from '../../base/system-error.js';
import { type Algorithm, newGrantKey } from '../../gate/protocol/signature.js';
import { makeFolder } from '../../platform/folders.js';
import { backupsIn } from '../../records/sql/sqlite/sqlite-backup.js';
import type { Tables } from '../../records/sql-port.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import type { RegistrarConfig } from '../../service/config/sections/registrar-section.js';
import { backupFolder, resealing, withDatabase } from '../../service/setup/open-gallery.js';
import { openRegistrar } from '../../service/setup/open-registrar.js';
import { rotateAtRegistrar, rotateGalleryKey } from '../../service/setup/rotate-gallery-key.js';
import { type Consequences, isConfirmed, withConfirmation } from '../confirm.js';
import {
  type ConfigOption,
  configOption,
  type OfficeDependencies,
  officeDependencies,
} from '../office-dependencies.js';

interface KeyFile {
  readonly name: string;
  readonly content: Uint8Array;
  readonly mode: number;
}

const SECRET = 0o600;
const PUBLIC = 0o644;

export function keysCommand(replaced: Partial<OfficeDependencies> = {}): Command {
  const dependencies = { ...officeDependencies(), ...replaced };
  const fresh = new Command('new')
    .description('Make a new key; a file that is there is never overwritten.')
    .addCommand(newGalleryKeyCommand(dependencies))
    .addCommand(newGrantKeyCommand(dependencies))
    .addCommand(newGateKeyCommand(dependencies))
    .addCommand(newOperatorKeyCommand(dependencies));
  return new Command('keys')
    .description('Make the keys of the gallery and of the grants.')
    .addCommand(fresh)
    .addCommand(rotateCommand(dependencies));
}

const newGalleryKeyCommand = ({ print }: OfficeDependencies): Command =>
  new Command('gallery')
    .description('The key under which the templates lie: 32 random bytes.')
    .requiredOption('--out <dir>', 'folder for the file')
    .action(async ({ out }: { readonly out: string }) => {
      const [file] = await writeAll(out, [{ name: 'gallery.key', content: randomBytes(32), mode: SECRET }]);
      print(
        `${file}: keep it on this box and a copy in a safe. Without it everybody must be enrolled again.`,
      );
      print(`  configuration   gallery: { key_file: ${file} }`);
      print(
        `  or with systemd LoadCredential=gallery-key:${file}   gallery: { key_credential: gallery-key }`,
      );
    });

const newGrantKeyCommand = (dependencies: OfficeDependencies): Command =>
  new Command('grant')
    .description('The key that signs grants, and what the gate checks them with.')
    .requiredOption('--out <dir>', 'folder for the files')
    .addOption(
      new Option('--algorithm <name>', 'how grants are signed')
        .choices(['ed25519', 'hmac-sha256'])
        .default('ed25519'),
    )
    .action(({ out, algorithm }: { readonly out: string; readonly algorithm: Algorithm }) =>
      makeGrantKey(dependencies, out, algorithm),
    );

async function makeGrantKey({ print }: OfficeDependencies, out: string, algorithm: Algorithm): Promise<void> {
  const { secret, forGate } = newGrantKey(algorithm);
  const files = await writeAll(out, [
    { name: 'grant.key', content: secret, mode: SECRET },
    ...(forGate === undefined ? [] : [{ name: 'grant.pub', content: forGate, mode: PUBLIC }]),
  ]);
  const [own, gate = own] = files;
  print(`${own}: keep it on this box.`);
  print(`  configuration   grants: { key_id: ID, algorithm: ${algorithm}, key_file: ${own} }`);
  print(
    forGate === undefined
      ? `${own}: copy the same file to the gate over a safe way; whoever has it can open.`
      : `${gate}: copy it to the gate; it opens nothing by itself.`,
  );
  print(`  at the gate     twinstile gate --key ID=${path.basename(gate ?? '')} …`);
}

const newGateKeyCommand = ({ print }: OfficeDependencies): Command =>
  new Command('gate')
    .description(
      'The key with which a gate signs its answers and passages, and what its lane checks them with.',
    )
    .requiredOption('--out <dir>', 'folder for the files')
    .action(async ({ out }: { readonly out: string }) => {
      const [own, forBox] = await writePair(out, 'gate');
      print(`${own}: copy it to the gate and delete it here; whoever has it can answer in the gate's name.`);
      print(`  at the gate     twinstile gate --sign-key ${path.basename(own ?? '')} …`);
      print(`${forBox}: keep it on the box of the lane; it answers nothing by itself.`);
      print(`  configuration   lanes: [{ …, gate_key_file: ${forBox} }]`);
      print(
        'A gate that checks grants with an HMAC key needs none of this: the shared key signs its answers.',
      );
    });

const newOperatorKeyCommand = ({ print }: OfficeDependencies): Command =>
  new Command('operator')
    .description('The key with which an operator signs commands, and what the lanes check them with.')
    .requiredOption('--out <dir>', 'folder for the files')
    .action(async ({ out }: { readonly out: string }) => {
      const [own, forLane] = await writePair(out, 'operator');
      print(`${own}: keep it with the operator; whoever has it can command what the operator may.`);
      print(`${forLane}: copy it to the boxes; it commands nothing by itself.`);
      print(`  configuration   commands: { operators: [{ id: ID, key_file: ${forLane} }] }`);
      print(`  to command      twinstile command open --operator ID --key ${own} …`);
    });

/** Writes a new Ed25519 pair: NAME.key and NAME.pub. */
function writePair(out: string, name: string): Promise<readonly string[]> {
  const { secret, forGate = new Uint8Array() } = newGrantKey('ed25519');
  return writeAll(out, [
    { name: `${name}.key`, content: secret, mode: SECRET },
    { name: `${name}.pub`, content: forGate, mode: PUBLIC },
  ]);
}

/** All or none. @throws TwinstileError 'bad-arguments' when one of them is there already, 'file-refused' where none can be. */
async function writeAll(folder: string, files: readonly KeyFile[]): Promise<readonly string[]> {
  const place = path.resolve(folder);
  await makeFolder(place, 0o700);
  const paths = files.map(({ name }) => path.join(place, name));
  for (const file of paths) if (await exists(file)) throw taken(file);
  const made: string[] = [];
  try {
    for (const file of files) await writeNew(place, file, made);
  } catch (error) {
    // Half a key would be taken for one, and would never be overwritten.
    for (const file of made) await rm(file, { force: true });
    throw error;
  }
  return paths;
}

/** @param made the file is added as soon as it is there. */
async function writeNew(place: string, { name, content, mode }: KeyFile, made: string[]): Promise<void> {
  const file = path.join(place, name);
  try {
    // 'wx': also when another process makes it at the same time.
    const handle = await open(file, 'wx', mode);
    made.push(file);
    try {
      await handle.chmod(mode);
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw isTaken ? taken(file, cause) : (systemFailure(cause, file) ?? cause);
  }
}

const exists = (file: string): Promise<boolean> =>
  access(file, constants.F_OK).then(
    () => true,
    () => false,
  );

const taken = (file: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `No new file can be made at ${file}: one is there already, or the folder cannot be written.`,
    hint: 'Keys are never overwritten: name another folder, or move the old key away.',
    cause,
  });

/** `twinstile keys rotate`: a new key in the place of an old one. */
const rotateCommand = (dependencies: OfficeDependencies): Command =>
  new Command('rotate')
    .description('Put a new key in the place of the old one.')
    .addCommand(rotateGalleryCommand(dependencies))
    .addCommand(rotateGrantCommand(dependencies));

const rotateGalleryCommand = (dependencies: OfficeDependencies): Command =>
  withConfirmation(
    new Command('gallery')
      .description(
        'Wrap every person’s key anew, in the database and its backups; the old key then opens nothing.',
      )
      .addOption(configOption()),
  ).action(async (options: ConfigOption & Consequences) => {
    const config = await loadConfig(options.config);
    const { key_file: file } = config.gallery;
    if (file === undefined)
      throw new TwinstileError({
        code: 'bad-arguments',
        message: 'Expected gallery.key_file, got a systemd credential, which cannot be written from here.',
        hint: 'Copy the key to a file, name it in a copy of the configuration, rotate with that one, and seal the new key.',
      });
    const { registrar } = config;
    if (registrar?.database === undefined) await rotateOnBox(dependencies, config, file, options);
    else await rotateOnRegistrar(dependencies, registrar, file, options);
  });

async function rotateOnRegistrar(
  dependencies: OfficeDependencies,
  registrar: RegistrarConfig,
  file: string,
  options: Consequences,
): Promise<void> {
  const { print, env } = dependencies;
  const database = await openRegistrar(registrar, env.CREDENTIALS_DIRECTORY);
  try {
    if (!(await isRotationConfirmed(dependencies, database, { file, backups: 0 }, options))) return;
    const people = await rotateAtRegistrar(database, file);
    print(`${file} is new; the keys of ${countPeople(people)} were wrapped anew.`);
  } finally {
    await database.close();
  }
  print(
    'Bring it to every other office now: with the old one they cannot open the gallery. Then destroy that.',
  );
}

async function rotateOnBox(
  dependencies: OfficeDependencies,
  config: Config,
  file: string,
  options: Consequences,
): Promise<void> {
  const { print } = dependencies;
  const rotated = await withDatabase(config, async (database) => {
    const backups = (await backupsIn(backupFolder(config))).length;
    if (!(await isRotationConfirmed(dependencies, database, { file, backups }, options))) return undefined;
    return rotateGalleryKey(database, file, backupFolder(config), resealing(config));
  });
  if (rotated === undefined) return;
  const { people, backups } = rotated;
  print(
    `${file} is new; the keys of ${countPeople(people)} were wrapped anew, in ${plural(backups, 'backup')} too.`,
  );
  print('Restart the service now, and put the new key into the safe in the place of the old one.');
  print('A copy of the old database with the old key can still be opened: destroy both.');
}

const rotateGrantCommand = ({ print }: OfficeDependencies): Command =>
  new Command('grant')
    .description('How the key that signs grants is replaced without closing the gate.')
    .action(() => {
      print('1. twinstile keys new grant --out NEW-FOLDER   (another folder: the old key stays in use)');
      print(
        '2. at the gate, both keys: twinstile gate --key OLD-ID=old.pub --key NEW-ID=NEW-FOLDER/grant.pub …',
      );
      print(
        '3. in the configuration: grants: { key_id: NEW-ID, key_file: NEW-FOLDER/grant.key }, restart the service',
      );
      print('4. at the gate: take the old --key away, restart it, and destroy the old grant.key');
    });

async function isRotationConfirmed(
  dependencies: OfficeDependencies,
  tables: Pick<Tables, 'read'>,
  { file, backups }: { readonly file: string; readonly backups: number },
  options: Consequences,
): Promise<boolean> {
  const people = await tables.read((sql) =>
    sql.one<{ readonly count: number }>('SELECT count(*) AS count FROM people'),
  );
  dependencies.print(
    `To be replaced: ${file}, under which the templates of ${countPeople(people?.count ?? 0)} and ${plural(backups, 'backup')} lie. The old key opens nothing afterwards.`,
  );
  return isConfirmed(dependencies, 'Put a new key in its place?', options);
}
