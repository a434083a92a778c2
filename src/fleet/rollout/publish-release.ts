/** From a pack, a head and some photographs to a release that devices can take: each file cut into pieces named by their hash. */

import { createHash } from 'node:crypto';
import { TwinstileError } from '../../base/errors.js';
import { countPeople } from '../../base/plural.js';
import type { ReleasesState } from '../fleet-ports.js';
import { newest, noRoot } from '../publish/sign-metadata.js';
import {
  areEnough,
  countPairs,
  encodePairs,
  MIN_PAIRS,
  type PairPhoto,
} from '../releases/release-examination.js';
import {
  type Contents,
  encodeContents,
  MAX_RELEASES,
  PIECE,
  type Release,
  type ReleaseFile,
} from '../releases/rollout-plan.js';
import { type Blob, blobPath } from '../segments/manifest.js';
import { NO_RELEASES, type PlanDependencies, signPlan } from './change-rollout.js';

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface ReleaseOptions {
  /** Its name on the devices: that of the card. */
  readonly pack: string;
  /** The card first. */
  readonly files: readonly NamedBytes[];
  readonly head?: NamedBytes;
  readonly photos: readonly PairPhoto[];
  readonly percent: number;
  readonly devices: readonly string[];
  /** Under a new number, although it is the same as the one before: devices that went back from it try it again. */
  readonly again?: boolean;
}

interface ReleaseDependencies extends PlanDependencies {
  /** The site's own, which opens the photographs. */
  readonly recipient: string;
  readonly encrypt: (recipients: readonly string[], plain: Uint8Array) => Promise<Uint8Array>;
}

export interface ReleaseSummary {
  readonly number: number;
  readonly pack: string;
  readonly bytes: number;
  /** Whether devices will notice anything. */
  readonly changed: boolean;
}

/** @throws TwinstileError 'key-unusable' | 'bad-arguments', and what the ports throw; the repository stays whole then. */
export async function publishRelease(
  dependencies: ReleaseDependencies,
  options: ReleaseOptions,
): Promise<ReleaseSummary> {
  if ((await newest(dependencies.folder, 'root')) === undefined) throw noRoot();
  const counts = countPairs(options.photos);
  if (!areEnough(counts))
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected photographs of at least ${MIN_PAIRS.people} people that make ${MIN_PAIRS.genuine} pairs of one person and ${MIN_PAIRS.impostor} of two, got ${countPeople(counts.people)}, ${counts.genuine} and ${counts.impostor}.`,
      hint: 'Put two or more photographs of each person into a subfolder of its own, and name the folder with --check.',
    });
  const before = (await dependencies.state.load()) ?? NO_RELEASES;
  const key = keyOf(options);
  const newestOne = before.releases.at(-1);
  const isSame =
    options.again !== true &&
    newestOne?.key === key &&
    newestOne.recipient === dependencies.recipient &&
    newestOne.release.status === 'offered';
  const { percent, devices, pack } = options;
  const rollOut = { percent, devices: [...new Set(devices)].sort(), status: 'offered' as const };
  const entry = isSame
    ? { ...newestOne, release: { ...newestOne.release, ...rollOut } }
    : await written(dependencies, options, key, { number: before.last + 1, pack, ...rollOut });
  const others = before.releases.filter(({ release }) => release.number !== entry.release.number);
  const changed = await signPlan(dependencies, before, {
    last: Math.max(before.last, entry.release.number),
    releases: [...others, entry].slice(-MAX_RELEASES),
  });
  const all = [...options.files, ...(options.head === undefined ? [] : [options.head])];
  return {
    number: entry.release.number,
    pack,
    bytes: all.reduce((sum, { bytes }) => sum + bytes.length, 0),
    changed,
  };
}

/** Everything is on disk before the plan names it. */
async function written(
  dependencies: ReleaseDependencies,
  { files, head, photos, pack }: ReleaseOptions,
  key: string,
  release: Omit<Release, 'contents'>,
): Promise<ReleasesState['releases'][number]> {
  const blobs: string[] = [];
  const put = async (content: Uint8Array): Promise<Blob> => {
    const blob: Blob = [sha256(content), content.length];
    await dependencies.out.put(blobPath(blob[0]), content);
    blobs.push(blob[0]);
    return blob;
  };
  const cut = async ({ name, bytes }: NamedBytes): Promise<ReleaseFile> => {
    const pieces: Blob[] = [];
    for (let at = 0; at < bytes.length; at += PIECE) pieces.push(await put(bytes.subarray(at, at + PIECE)));
    return { name, bytes: bytes.length, sha256: sha256(bytes), pieces };
  };
  const cutFiles: ReleaseFile[] = [];
  for (const file of files) cutFiles.push(await cut(file));
  const contents: Omit<Contents, 'v'> = {
    pack,
    files: cutFiles,
    head: head === undefined ? null : await cut(head),
    pairs: await put(await dependencies.encrypt([dependencies.recipient], encodePairs(photos))),
  };
  const named = await put(encodeContents(contents));
  await dependencies.out.flush();
  return { release: { ...release, contents: named }, key, blobs, recipient: dependencies.recipient };
}

function keyOf({ pack, files, head, photos }: ReleaseOptions): string {
  const named = ({ name, bytes }: NamedBytes) => [name, sha256(bytes)];
  const made = [pack, files.map(named), head === undefined ? null : named(head), sha256(encodePairs(photos))];
  return sha256(Buffer.from(JSON.stringify(made)));
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
