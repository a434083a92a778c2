/** `twinstile people receipt`: is an erasure receipt genuine, and is it about this person? */

import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { personId } from '../../base/ids.js';
import { faultOf } from '../../base/system-error.js';
import { MAX_KEY_FILE, readPlainText } from '../../platform/plain-file.js';
import {
  type HandedReceipt,
  isAbout,
  isGenuine,
  type Receipt,
} from '../../records/erasure/erasure-receipt.js';
import { loadConfig } from '../../service/config/load-config.js';
import { readErasureKeys } from '../../service/erasure/erasure-key.js';
import { galleryKey } from '../../service/setup/open-gallery.js';
import type { OfficeDependencies } from '../office-dependencies.js';

interface Options {
  readonly person?: string;
  readonly key?: string;
  readonly config?: string;
}

export function receiptCommand(dependencies: OfficeDependencies): Command {
  return new Command('receipt')
    .description('Check the signature of an erasure receipt; exit code 4 when it is not genuine.')
    .argument('<file>', 'the receipt, or the copy that was handed to the person')
    .option('--person <id>', 'whether it is about this person')
    .option('--key <hex>', 'the key that was handed to the person; the one in the copy if absent')
    .option('-c, --config <file>', 'of the box that wrote it: asks with the key that lies sealed there')
    .action((file: string, options: Options) => check(dependencies, file, options));
}

async function check(
  { print, setExitCode, env }: OfficeDependencies,
  file: string,
  options: Options,
): Promise<void> {
  const { person, key, config: place } = options;
  const receipt = await readReceipt(file);
  const isRight = isGenuine(receipt);
  print(
    isRight
      ? `Genuine: written ${receipt.erased_at} by the box with this key:`
      : 'NOT genuine: changed, or no receipt.',
  );
  if (isRight) print(receipt.key.trim());
  if (!isRight) setExitCode(exitCodeOf('not-well'));
  if (person === undefined) return;
  const handed = key ?? ('person_key' in receipt ? receipt.person_key : undefined);
  const config = place === undefined ? undefined : await loadConfig(place);
  const box =
    config === undefined
      ? undefined
      : await readErasureKeys(config, await galleryKey(config, env.CREDENTIALS_DIRECTORY));
  const verdict = isAbout(receipt, personId(person), { handed: keyOf(handed), box });
  if (verdict !== true) setExitCode(exitCodeOf('not-well'));
  print(
    verdict === undefined
      ? `Whether it is about ${person} cannot be said without a key: name the one that was handed to them (--key), or the box's configuration (--config).`
      : `It is ${verdict ? '' : 'NOT '}about ${person}.`,
  );
}

function keyOf(hex: string | undefined): Uint8Array | undefined {
  if (hex === undefined) return undefined;
  if (/^[0-9a-f]{64}$/i.test(hex)) return Buffer.from(hex, 'hex');
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a key of 64 hexadecimal digits, got ${hex.length} characters.`,
    hint: 'Copy it from the paper or the file that was handed to the person.',
  });
}

async function readReceipt(file: string): Promise<Receipt | HandedReceipt> {
  try {
    return JSON.parse(await readPlainText(file, { maxBytes: MAX_KEY_FILE }));
  } catch (cause) {
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `The erasure receipt ${file} cannot be read: ${faultOf(cause)}.`,
      hint: 'Receipts lie in the folder `erasures` of the data folder.',
    });
  }
}
