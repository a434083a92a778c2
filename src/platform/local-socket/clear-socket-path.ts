/** Clears a socket's path: removes the socket that an ended program left, and no other file. */
import { lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { TwinstileError } from '../../base/errors.js';

/** @throws TwinstileError 'config-invalid' where there is a file of another kind, or a program that answers. */
export async function clearSocketPath(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw occupied(path, 'a file of another kind', 'Name another path.');
  if (await isServed(path))
    throw occupied(path, 'one that another program serves', 'Is the service running twice?');
  unlinkSync(path);
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // EAGAIN: its queue is full, so that it is served.
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EAGAIN'));
  });
}

const occupied = (path: string, got: string, hint: string): TwinstileError =>
  new TwinstileError({
    code: 'config-invalid',
    message: `Expected room for a socket at ${path}, got ${got}.`,
    hint,
  });
