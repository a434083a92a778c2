/** Where does the picture of a snapshot go? Into a file that only its owner reads, and never over another one. */
import { access, writeFile } from 'node:fs/promises';
import { TwinstileError } from '../../base/errors.js';
import type { Operation } from '../../gate/operator-command/operator-messages.js';
import type { CommandAnswer } from '../../gate/operator-command/send-command.js';
import { isJpeg } from '../../vision/ports/picture.js';

const OWNER_ONLY = 0o600;

/** Asked before anything is ordered. @throws TwinstileError 'bad-arguments'. */
export async function checkPictureFile(operation: Operation, to: string | undefined): Promise<void> {
  if ((operation === 'snapshot') !== (to !== undefined))
    throw to === undefined
      ? bad('a file for the picture', 'none', 'Add --to FILE.')
      : bad('no --to', `--to with '${operation}'`, 'It belongs to snapshot alone.');
  if (to === undefined) return;
  const exists = await access(to).then(
    () => true,
    () => false,
  );
  if (exists) throw bad(`no file at ${to} yet`, 'one', 'Name another one, or remove it.');
}

/**
 * @returns the answer with the place of the picture instead of the picture; as it is when there is none in it.
 * @throws TwinstileError 'picture-unreadable' for what is no JPEG, 'bad-arguments' when it cannot be written.
 */
export async function writePicture(
  answer: CommandAnswer,
  to: string,
): Promise<Omit<CommandAnswer, 'jpeg'> & { readonly file?: string }> {
  const { jpeg, ...rest } = answer;
  if (answer.result !== 'ok') return rest;
  const bytes = Buffer.from(jpeg ?? '', 'base64');
  // The answer is not signed: this makes sure that the file is at least a picture.
  if (!isJpeg(bytes))
    throw new TwinstileError({
      code: 'picture-unreadable',
      message: `Expected a JPEG in the answer, got ${bytes.length} bytes of something else.`,
      hint: 'Check that the lane runs this version, and who may publish to its response topic.',
    });
  try {
    await writeFile(to, bytes, { mode: OWNER_ONLY, flag: 'wx' });
  } catch (cause) {
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `The picture could not be written to ${to}.`,
      hint: 'Name a file in a folder that is there and that you may write to; then order again.',
      cause,
    });
  }
  return { ...rest, file: to };
}

const bad = (expected: string, got: string, hint: string): TwinstileError =>
  new TwinstileError({ code: 'bad-arguments', message: `Expected ${expected}, got ${got}.`, hint });
