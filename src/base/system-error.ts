/** Describes what the operating system refused (no file, no permission, no space), with an instruction to the operator. */
import { TwinstileError } from './errors.js';

interface Reason {
  /** "got …" of a message. */
  readonly got: string;
  readonly todo: string;
}

const NO_RIGHT: Reason = {
  got: 'no permission',
  todo: 'Give the user that runs this the right to it (chown, chmod, also of the folders above it), or run it as the user that has it.',
};
const NO_ROOM: Reason = {
  got: 'no space left',
  todo: 'Free space on that file system (df -h, df -i), then run the same command again.',
};
const TOO_MANY_FILES: Reason = {
  got: 'too many open files',
  todo: 'Raise the limit (ulimit -n, LimitNOFILE= of the unit), then run the same command again.',
};
/** By the names of errno(3). What is not here may be a defect, and keeps its stack. */
const REASONS: Readonly<Record<string, Reason>> = {
  ENOENT: { got: 'no such file or folder', todo: 'Correct the path, or make what is missing.' },
  ENOTDIR: { got: 'a file where a folder is expected', todo: 'Correct the path.' },
  EISDIR: { got: 'a folder', todo: 'Name a file in it.' },
  EACCES: NO_RIGHT,
  EPERM: NO_RIGHT,
  EROFS: {
    got: 'a file system that cannot be written',
    todo: 'Name a place that can, or mount it writable.',
  },
  ENOSPC: NO_ROOM,
  EDQUOT: NO_ROOM,
  EFBIG: {
    got: 'a file that may not grow further',
    todo: 'Raise the limit of file sizes (ulimit -f), or free space.',
  },
  EMFILE: TOO_MANY_FILES,
  ENFILE: TOO_MANY_FILES,
  ELOOP: { got: 'links that lead in a circle', todo: 'Correct the links.' },
  ENAMETOOLONG: { got: 'a name that is too long', todo: 'Shorten the path.' },
  ENOTEMPTY: { got: 'a folder that is not empty', todo: 'Name an empty one.' },
  EEXIST: { got: 'something that is there already', todo: 'Name another place, or move it away.' },
  EIO: { got: 'an error of the disk', todo: 'Look into dmesg, and replace the disk.' },
  ESTALE: { got: 'a share that went away', todo: 'Mount it again.' },
  ETXTBSY: { got: 'a file that is in use', todo: 'End what uses it.' },
};

/** @returns undefined for what is no error of the file system. */
export function systemReason(error: unknown): Reason | undefined {
  const { code } = fieldsOf(error);
  return code !== undefined && Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
}

/**
 * Describes it in one sentence with an order. @param file that was used, where the error itself names none.
 * @returns undefined for what is no error of the file system.
 */
export function systemFailure(error: unknown, file?: string): TwinstileError | undefined {
  const reason = systemReason(error);
  if (reason === undefined) return undefined;
  const { code, syscall, path, dest } = fieldsOf(error);
  const where = [path ?? file, dest].filter((one) => one !== undefined).join(' to ');
  const step = syscall === undefined ? code : `${code}, ${syscall}`;
  return new TwinstileError({
    code: 'file-refused',
    message: `Expected to use ${where === '' ? 'a file' : where}, got ${reason.got} (${step}).`,
    hint: reason.todo,
    cause: error,
  });
}

/** "got …" of a message about a file that could not be read: without the words of a library. */
export function faultOf(error: unknown): string {
  const reason = systemReason(error);
  if (reason !== undefined) return reason.got;
  if (error instanceof SyntaxError) return 'something that is no JSON';
  return error instanceof Error ? error.message.replace(/\.$/, '') : 'none';
}

interface Fields {
  readonly code: string | undefined;
  readonly syscall: string | undefined;
  readonly path: string | undefined;
  readonly dest: string | undefined;
}

/** `ERR_SYSTEM_ERROR` carries the fields of the system in `info`. */
function fieldsOf(error: unknown): Fields {
  const own = error instanceof Error ? (error as Error & Record<string, unknown>) : undefined;
  const info = own?.code === 'ERR_SYSTEM_ERROR' ? (own.info as Record<string, unknown> | undefined) : own;
  const text = (name: string): string | undefined => {
    const value = info?.[name];
    return typeof value === 'string' ? value : undefined;
  };
  return { code: text('code'), syscall: text('syscall'), path: text('path'), dest: text('dest') };
}
