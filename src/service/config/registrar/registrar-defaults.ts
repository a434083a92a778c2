/** Supplies defaults for a registrar, which has no gates and so needs no lanes, no key for grants and no broker. */
import { isGroup } from '../sections/config-problem.js';

/** Parsed as any other value, so that the rest is checked as usual. Code that would use one of them reports it as missing. */
const NOTHING = {
  lanes: [],
  grants: { key_id: 'none', algorithm: 'ed25519', key_file: 'none' },
  mqtt: { url: 'mqtt://127.0.0.1:1883' },
};

export const isRegistrarConfig = (root: unknown): boolean =>
  isGroup(root) && isGroup(root.registrar) && root.registrar.database !== undefined;

/** @param root the document as it was read. */
export const withRegistrarDefaults = (root: unknown): unknown =>
  isGroup(root) && isRegistrarConfig(root) ? { ...NOTHING, ...root } : root;
