/** `twinstile keys`: new keys, in files that only their owner can read. */

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { Command, Option } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { newGrantKey } from '../../gate/protocol/new-key.js';
import type { Algorithm } from '../../gate/protocol/signature.js';
import { type OfficeDependencies, realOffice } from '../office-world.js';
import { rotateCommand } from './keys-rotate.js';

interface KeyFile {
  readonly name: string;
  readonly content: Uint8Array;
  readonly mode: number;
}

const SECRET = 0o600;
const PUBLIC = 0o644;

export function keysCommand(world: Partial<OfficeDependencies> = {}): Command {
  const here = { ...realOffice(), ...world };
  const { print } = here;
  const keys = new Command('keys').description('Make the keys of the gallery and of the grants.');
  const make = keys.command('new').description('Make a new key; a file that is there is never overwritten.');
  make
    .command('gallery')
    .description('The key under which the templates lie: 32 random bytes.')
    .requiredOption('--out <dir>', 'folder for the file')
    .action(async ({ out }: { readonly out: string }) => {
      const [file] = await writeAll(out, [{ name: 'gallery.key', content: randomBytes(32), mode: SECRET }]);
      print(
        `${file}: keep it on this box and a copy in a safe. Whoever loses it must enrol everybody again.`,
      );
      print(`  configuration   gallery: { key_file: ${file} }`);
      print(
        `  or with systemd LoadCredential=gallery-key:${file}   gallery: { key_credential: gallery-key }`,
      );
    });
  make
    .command('grant')
    .description('The key that signs grants, and what the gate checks them with.')
    .requiredOption('--out <dir>', 'folder for the files')
    .addOption(
      new Option('--algorithm <name>', 'how grants are signed')
        .choices(['ed25519', 'hmac-sha256'])
        .default('ed25519'),
    )
    .action(async ({ out, algorithm }: { readonly out: string; readonly algorithm: Algorithm }) => {
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
    });
  make
    .command('gate')
    .description(
      'The key with which a gate signs its answers and passages, and what its lane checks them with.',
    )
    .requiredOption('--out <dir>', 'folder for the files')
    .action(async ({ out }: { readonly out: string }) => {
      const { secret, forGate: forLane = new Uint8Array() } = newGrantKey('ed25519');
      const [own, forBox] = await writeAll(out, [
        { name: 'gate.key', content: secret, mode: SECRET },
        { name: 'gate.pub', content: forLane, mode: PUBLIC },
      ]);
      print(`${own}: copy it to the gate and delete it here; whoever has it can answer in the gate's name.`);
      print(`  at the gate     twinstile gate --sign-key ${path.basename(own ?? '')} …`);
      print(`${forBox}: keep it on the box of the lane; it answers nothing by itself.`);
      print(`  configuration   lanes: [{ …, gate_key_file: ${forBox} }]`);
      print(
        'A gate that checks grants with an HMAC key needs none of this: the shared key signs its answers.',
      );
    });
  make
    .command('operator')
    .description('The key with which an operator signs orders, and what the lanes check them with.')
    .requiredOption('--out <dir>', 'folder for the files')
    .action(async ({ out }: { readonly out: string }) => {
      const { secret, forGate = new Uint8Array() } = newGrantKey('ed25519');
      const [own, forLane] = await writeAll(out, [
        { name: 'operator.key', content: secret, mode: SECRET },
        { name: 'operator.pub', content: forGate, mode: PUBLIC },
      ]);
      print(`${own}: keep it with the operator; whoever has it can order what the operator may.`);
      print(`${forLane}: copy it to the boxes; it orders nothing by itself.`);
      print(`  configuration   commands: { operators: [{ id: ID, key_file: ${forLane} }] }`);
      print(`  to order        twinstile command open --operator ID --key ${own} …`);
    });
  keys.addCommand(rotateCommand(here));
  return keys;
}

/** All or none. @throws TwinstileError 'bad-arguments' when one of them is there already. */
async function writeAll(folder: string, files: readonly KeyFile[]): Promise<readonly string[]> {
  const place = path.resolve(folder);
  await mkdir(place, { recursive: true, mode: 0o700 });
  const paths = files.map(({ name }) => path.join(place, name));
  for (const file of paths) if (await exists(file)) throw taken(file);
  for (const { name, content, mode } of files) {
    const file = path.join(place, name);
    // 'wx': also if somebody else makes it in this very moment.
    const handle = await open(file, 'wx', mode).catch((cause: unknown) => {
      throw taken(file, cause);
    });
    try {
      await handle.chmod(mode);
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  return paths;
}

const exists = (file: string): Promise<boolean> =>
  access(file, constants.F_OK).then(
    () => true,
    () => false,
  );

const taken = (file: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected room for a new file at ${file}, got one that is there or a folder that cannot be written.`,
    hint: 'Keys are never overwritten: name another folder, or move the old key away.',
    cause,
  });
