/** Writes a first configuration from config/example.yaml: for the service as it is, or for a box that is started by hand. */
import { fileURLToPath } from 'node:url';
import { TwinstileError } from '../../base/errors.js';
import { readPlainText } from '../../platform/plain-file.js';

const EXAMPLE = fileURLToPath(new URL('../../../config/example.yaml', import.meta.url));
const MAX_EXAMPLE = 64 * 1024;

export interface ExampleOptions {
  /** Lines that name what only the service has are replaced by what follows "by hand:" in them. */
  readonly byHand: boolean;
  /** A device, an address or a film in the place of the example's camera. */
  readonly camera?: string | undefined;
}

/** @throws TwinstileError 'bad-arguments' for a camera that is none. */
export async function exampleConfig(options: ExampleOptions): Promise<string> {
  return writtenExample(await readPlainText(EXAMPLE, { maxBytes: MAX_EXAMPLE }), options);
}

/** Pure. @throws as `exampleConfig`. */
export function writtenExample(example: string, { byHand, camera }: ExampleOptions): string {
  const lines = example.split('\n').flatMap((line) => placed(line, byHand));
  return (camera === undefined ? lines : withCamera(lines, camera)).join('\n');
}

/** The service's own example keeps its lines, without the marks. */
function placed(line: string, byHand: boolean): readonly string[] {
  const mark = /^( *)(?:- )?\S.* # by hand: (.*)$/.exec(line);
  if (mark === null || line.startsWith('#')) return [line];
  if (!byHand) return [line.replace(/ # by hand: .*$/, '')];
  const [, indent = '', instead = ''] = mark;
  return instead === 'none' ? [] : [`${indent}${instead}`];
}

function withCamera(lines: readonly string[], camera: string): readonly string[] {
  const first = lines.findIndex((line) => /^ {4}camera:$/.test(line));
  const length = lines.slice(first + 1).findIndex((line) => !line.startsWith('      '));
  return [...lines.slice(0, first), `    camera: ${cameraOf(camera)}`, ...lines.slice(first + 1 + length)];
}

function cameraOf(text: string): string {
  const quoted = JSON.stringify(text);
  if (/^(rtsps?|https?):\/\/./.test(text)) return `{ kind: stream, url: ${quoted} }`;
  if (/^\/dev\/./.test(text)) return `{ kind: usb, device: ${quoted} }`;
  if (text.trim() !== '' && !/^[a-z+]+:\/\//i.test(text))
    return `{ kind: file, path: ${quoted}, loop: true }`;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: 'Expected a camera such as /dev/video0, rtsp://HOST/PATH or clip.mp4.',
    hint: 'Run: twinstile config example --help',
  });
}
