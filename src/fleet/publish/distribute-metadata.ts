/** Out of the registrar's own metadata into the repository that devices read. */
import { Targets } from '@tufjs/models';
import type { MetadataStore, RepositoryWriter } from '../fleet-ports.js';
import { SPEC_VERSION, type targetFileOf } from '../tuf/signing.js';

export function withTarget(old: Targets | undefined, target: ReturnType<typeof targetFileOf>): Targets {
  const targets = { ...(old?.targets ?? {}), [target.path]: target };
  return new Targets({ specVersion: SPEC_VERSION, version: 1, expires: '2000-01-01T00:00:00Z', targets });
}

/** Every root, and of the other roles the newest. The timestamp last: until then devices see the repository as it was. */
export async function distributeMetadata({
  folder,
  out,
}: {
  readonly folder: MetadataStore;
  readonly out: RepositoryWriter;
}): Promise<void> {
  const newestOf = new Map<string, number>();
  for (const name of await folder.list()) {
    const [, version, role] = /^(\d+)\.(.+)\.json$/.exec(name) ?? [];
    if (version === undefined || role === undefined) continue;
    const key = role === 'root' ? `root ${version}` : role;
    newestOf.set(key, Math.max(Number(version), newestOf.get(key) ?? 0));
  }
  for (const [key, version] of newestOf) {
    const name = `${version}.${key.split(' ')[0]}.json`;
    await out.put(`metadata/${name}`, await folder.read(name));
  }
  await out.flush();
  await out.put('metadata/timestamp.json', await folder.read('timestamp.json'));
  await out.flush();
}
