import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** Whole or not at all: a crash leaves the old file in place, and the new name is durable. @throws what the disk says. */
export async function writeFileAtomically(file: string, text: string): Promise<void> {
  const beside = `${file}.${process.pid}.new`;
  try {
    const handle = await open(beside, 'w', 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
    // The name is durable only when the folder is.
    const folder = await open(path.dirname(path.resolve(file)), 'r');
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
