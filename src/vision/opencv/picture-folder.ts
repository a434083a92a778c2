import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { explain } from '../../base/errors.js';
import { plural } from '../../base/plural.js';
import { MAX_PHOTO_FILE, readPlainFileSync } from '../../platform/plain-file.js';
import type { Picture } from '../ports/picture.js';
import { isFolder, unusable, whyUnreadable } from './capture.js';
import { decodePicture } from './opencv-picture.js';
import type { Clip, ClipRead } from './playback.js';

const EXTENSIONS = new Set(['.jpg', '.jpeg', '.png', '.bmp', '.webp']);

/**
 * The pictures of a folder in natural order ("2.jpg" before "10.jpg"). What cannot be read is passed over, and reported
 * once.
 * @throws TwinstileError 'camera-unusable' when there is no such folder or no picture in it that can be read.
 */
export function openPictureFolder(path: string, fps: number, loop: boolean): Clip {
  const names = picturesIn(path);
  const interval = 1000 / fps;
  const reported = new Set<string>();
  let index = 0;
  let count = 0;
  let faults: string[] = [];

  const open = (name: string): Picture | undefined => {
    try {
      return decodePicture(readPlainFileSync(join(path, name), { maxBytes: MAX_PHOTO_FILE }));
    } catch (error) {
      // One bad photograph must not stop a folder of good ones; it is reported with the next frame.
      if (!reported.has(name)) faults.push(`${name} (${explain(error)})`);
      reported.add(name);
      return undefined;
    }
  };

  const nextReadable = (): Picture | undefined => {
    for (let tried = 0; tried < names.length; tried += 1) {
      if (index === names.length) {
        if (!loop) return undefined;
        index = 0;
      }
      const picture = open(names[index] ?? '');
      index += 1;
      if (picture !== undefined) return picture;
    }
    return undefined;
  };

  const troubleSoFar = () => {
    const detail = describe(faults);
    faults = [];
    return { detail };
  };

  // Read ahead, because a camera that can never give a picture should not open.
  let ahead = nextReadable();
  if (ahead === undefined)
    throw unusable(
      `Expected pictures in ${path}, got ${plural(names.length, 'file')} that cannot be read: ${describe(faults)}`,
      'Put whole JPEG, PNG, BMP or WebP files there.',
    );

  return {
    interval,
    nextTime: () => count * interval,
    read(): ClipRead {
      const picture = ahead ?? nextReadable();
      ahead = undefined;
      if (picture === undefined)
        return loop
          ? { kind: 'lost', detail: `No picture in ${path} can be read any more.` }
          : { kind: 'end', ...troubleSoFar() };
      count += 1;
      return { kind: 'frame', picture, time: (count - 1) * interval, ...troubleSoFar() };
    },
    pass() {
      if (ahead === undefined && index === names.length && !loop) return false;
      if (ahead === undefined) index = (index % names.length) + 1;
      ahead?.release();
      ahead = undefined;
      count += 1;
      return true;
    },
    close: () => ahead?.release(),
  };
}

function picturesIn(path: string): string[] {
  if (!isFolder(path))
    throw unusable(
      `Expected a folder at ${path}, got ${whyUnreadable(path) === 'missing' ? 'nothing' : 'a file'}.`,
      'Check the path; for a video file, set the kind to "file".',
    );
  if (whyUnreadable(path) === 'forbidden')
    throw unusable(
      `${path} cannot be read: no permission.`,
      'Let the user that runs twinstile read it (chmod, chown).',
    );
  const names = readdirSync(path).filter((name) => EXTENSIONS.has(extname(name).toLowerCase()));
  if (names.length === 0)
    throw unusable(`Expected pictures in ${path}, got none.`, 'Put JPEG, PNG, BMP or WebP files there.');
  const byNature = new Intl.Collator('en', { numeric: true });
  return names.sort((a, b) => byNature.compare(a, b) || (a < b ? -1 : 1));
}

/** Named in full: more would fill a log line. */
const NAMED = 5;

function describe(faults: readonly string[]): string | undefined {
  if (faults.length === 0) return undefined;
  const named = faults.slice(0, NAMED).join(', ');
  const rest = faults.length > NAMED ? `, and ${faults.length - NAMED} more` : '';
  return `Passed over ${faults.length} unreadable picture(s): ${named}${rest}.`;
}
