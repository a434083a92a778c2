/** Reads answers from a file or from options; a relative path among them is made absolute. */
import path from 'node:path';
import { isMap, isScalar, parseDocument } from 'yaml';
import { TwinstileError } from '../../base/errors.js';
import { faultOf } from '../../base/system-error.js';
import { readPlainText } from '../../platform/plain-file.js';
import { NONE, type QuestionName, SETUP_QUESTIONS, type SetupAnswers } from './setup-questions.js';

const MAX_ANSWERS = 64 * 1024;
const CAMERA_IS_NO_FILE = /^(?:[a-z]+:\/\/|csi:\d+$)/;

/** What is typed, by the names of the questions. */
export type RawAnswers = Readonly<Record<string, string>>;

/**
 * @param folder against which relative paths are resolved.
 * @param source named in the message, such as the file.
 * @throws TwinstileError 'bad-arguments' that lists every answer that is none.
 */
export function readAnswers(raw: RawAnswers, folder: string, source: string): SetupAnswers {
  const problems: string[] = [];
  const answers: Partial<Record<QuestionName, string>> = {};
  for (const [name, text] of Object.entries(raw)) {
    const question = SETUP_QUESTIONS.find((one) => one.name === name);
    const read = question?.read(text.trim());
    if (question === undefined)
      problems.push(
        `${name}: Not a question. There are ${SETUP_QUESTIONS.map((one) => one.name).join(', ')}.`,
      );
    else if (read?.kind === 'answer') answers[question.name] = placed(question.name, read.text, folder);
    else problems.push(`${name}: ${read?.fault ?? ''}`);
  }
  if (problems.length === 0) return answers;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected answers that can be used in ${source}:\n${problems.map((one) => `  ${one}`).join('\n')}`,
    hint: 'Correct them. Nothing was changed.',
  });
}

/** An answer that was typed: where it names a file, its path from the root. Pure. */
export function placed(name: QuestionName, text: string, folder: string): string {
  const isPath =
    (name === 'camera' && !CAMERA_IS_NO_FILE.test(text)) ||
    (name === 'photo' && text !== 'camera') ||
    name === 'ca' ||
    name === 'password-file';
  return isPath && text !== NONE ? path.resolve(folder, text) : text;
}

/**
 * Reads `--answers FILE`: a YAML map of the questions' names, each value as it would be typed.
 * @throws TwinstileError 'bad-arguments'.
 */
export async function readAnswersFile(file: string): Promise<SetupAnswers> {
  let text: string;
  try {
    text = await readPlainText(file, { maxBytes: MAX_ANSWERS });
  } catch (cause) {
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `The answers in ${file} cannot be read: ${faultOf(cause)}.`,
      hint: 'Name a file that this user can read.',
      cause,
    });
  }
  return readAnswers(rawAnswers(text, file), path.dirname(path.resolve(file)), file);
}

function rawAnswers(text: string, file: string): RawAnswers {
  const document = parseDocument(text);
  const pairs = isMap(document.contents) ? document.contents.items : undefined;
  const [fault] = document.errors;
  if (fault !== undefined || (pairs === undefined && document.contents !== null))
    throw noMap(file, fault?.message.split('\n', 1)[0]?.replace(/:$/, '') ?? 'something else');
  return Object.fromEntries(
    (pairs ?? []).map(({ key, value }) => {
      if (!isScalar(key) || !isScalar(value)) throw noMap(file, 'a list or a group in it');
      return [String(key.value), written(value)];
    }),
  );
}

/** As it is written in the file: 0042 is no number here, yes is a word, and nothing is "none". */
function written({ value, source, type }: PlainNode): string {
  if (value === null || value === '') return NONE;
  return type === 'PLAIN' && source !== undefined ? source : String(value);
}

interface PlainNode {
  readonly value: unknown;
  readonly source?: string;
  readonly type?: unknown;
}

const noMap = (file: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected lines such as "site: head-office" in ${file}, got ${got}.`,
    hint: 'Write one line for each question: twinstile setup --help names them.',
  });
