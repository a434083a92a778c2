/** Brings the plan of a site, and what a release consists of, onto this disk: piece by piece, each checked by its hash. */
import { createHash } from 'node:crypto';
import type { ModelCard } from '../../biometrics/model-card.js';
import type { BlobStore, FleetSource, TrustStore } from '../fleet-ports.js';
import {
  type Contents,
  expectFilesOf,
  isReleased,
  MAX_PLAN,
  type Plan,
  planTarget,
  type Release,
  type ReleaseFile,
  readContents,
  readPlan,
} from '../releases/rollout-plan.js';
import { fetchBlob } from '../sync/fetch-blobs.js';
import { lookUpTarget } from '../sync/find-target.js';
import { refused } from '../tuf/refusal.js';

export interface FetchDependencies {
  readonly source: FleetSource;
  /** Finished pieces of a release that is not yet in place. */
  readonly kept: BlobStore;
  readonly trust: Pick<TrustStore, 'load'>;
  readonly site: string;
}

/** @returns undefined where the site has never published models. @throws TwinstileError 'fleet-refused' | 'fleet-unreachable' | 'stopped'. */
export async function fetchPlan(
  dependencies: FetchDependencies,
  signal?: AbortSignal,
): Promise<Plan | undefined> {
  const { source, kept, site } = dependencies;
  const target = lookUpTarget((await dependencies.trust.load()).pieces, site, planTarget(site));
  if (target === undefined) return undefined;
  const { sha256 = '' } = target.hashes;
  if (!/^[0-9a-f]{64}$/.test(sha256) || target.length > MAX_PLAN)
    throw refused('a plan of releases with its hash, of up to 1 MB', `${target.length} bytes`);
  const cached = await kept.get(sha256);
  if (cached !== undefined) return readPlan(cached, site);
  const bytes = await source.fetch(`targets/site/${site}/${sha256}.models.json`, target.length, signal);
  if (bytes === undefined) throw refused('the plan of releases in the repository', 'nothing');
  if (createHash('sha256').update(bytes).digest('hex') !== sha256 || bytes.length !== target.length)
    throw refused('the plan of releases as signed', 'other bytes');
  await kept.put(sha256, bytes);
  return readPlan(bytes, site);
}

export async function fetchContents(
  dependencies: FetchDependencies,
  release: Release,
  signal?: AbortSignal,
): Promise<Contents> {
  const contents = readContents(await fetchBlob(dependencies, release.contents, signal));
  if (contents.pack !== release.pack || !isReleased(contents.pack))
    throw refused(`the contents of ${release.pack}`, `those of ${contents.pack}`);
  return contents;
}

/** @param read turns the card's text into a card. @throws TwinstileError also what `read` throws. */
export async function fetchCard(
  dependencies: FetchDependencies,
  contents: Contents,
  read: (text: string) => ModelCard,
  signal?: AbortSignal,
): Promise<ModelCard> {
  const [file] = contents.files;
  if (file === undefined) throw refused('a card in the release', 'none');
  const card = read((await fetchFile(dependencies, file, signal)).toString('utf8'));
  expectFilesOf(card, contents);
  return card;
}

/** One piece after the other: no more than one of them is in memory. */
export async function* piecesOf(
  dependencies: FetchDependencies,
  { pieces }: ReleaseFile,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield await fetchBlob(dependencies, piece, signal);
}

/** @throws TwinstileError 'fleet-refused' when the pieces are not the file. */
export async function fetchFile(
  dependencies: FetchDependencies,
  file: ReleaseFile,
  signal?: AbortSignal,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of piecesOf(dependencies, file, signal)) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  if (createHash('sha256').update(bytes).digest('hex') === file.sha256) return bytes;
  throw refused(`${file.name} as the release has it`, 'other bytes');
}
