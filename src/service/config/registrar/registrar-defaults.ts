/** A registrar has no gates: it need not say which lanes it lacks, by which key it signs no grant, and which broker it does not tell. */
import { isGroup } from '../sections/config-problem.js';

/** Read as any other value, so that everything else is checked as usual. What would use one of them says that it is missing. */
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
