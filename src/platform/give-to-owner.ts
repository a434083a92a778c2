/** Gives a file that root made to the owner of its folder: an administrator must not lock the service out of its own files. */
import { chown, stat } from 'node:fs/promises';

export async function giveToOwnerOf(folder: string, file: string): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = await stat(folder);
  if ((await stat(file)).uid !== uid) await chown(file, uid, gid);
}
