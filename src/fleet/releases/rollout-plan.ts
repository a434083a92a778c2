/**
 * Which releases of models are out, for whom, and of which files do they consist? One signed target for each site: a few lines
 * that change at each step.
 */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ID_PATTERN } from '../../base/ids.js';
import { filesOf, type ModelCard } from '../../biometrics/model-card.js';
import { MAX_SEGMENT } from '../segments/manifest.js';
import { refused } from '../tuf/refusal.js';

// Card, networks, head and the photographs it is examined with are each cut into pieces that are named by their hash: a
// download that breaks off goes on with the next piece.

/** Of a file, in bytes: over 10 KB/s a piece takes less than two minutes. */
export const PIECE = 1024 * 1024;
/** Of all files together: three times the largest encoder that is in use for faces, and still nothing that fills a disk. */
const MAX_RELEASE = 1024 * 1024 * 1024;
/** A list of a thousand pieces takes 80 KB. */
const MAX_CONTENTS = 1024 * 1024;
/** Name of the card among the files. */
export const CARD = 'card.json';
const MAX_CARD = 4_000_000;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const blob = (most: number) => z.tuple([sha256, z.int().min(1).max(most)]).readonly();
const file = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  bytes: z.int().min(1).max(MAX_RELEASE),
  sha256,
  /** In their order; all but the last of one length. */
  pieces: z
    .array(blob(PIECE))
    .min(1)
    .max(MAX_RELEASE / PIECE),
});
const contents = z.strictObject({
  v: z.literal(1),
  /** Folder of the pack on a device, and the name in its card: what it is called here, a dot, and its digest. */
  pack: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/),
  /** The card first. */
  files: z.array(file).min(2).max(16),
  head: file.nullable(),
  /** Photographs of people, encrypted to the site. */
  pairs: blob(MAX_SEGMENT),
});

export type Contents = z.infer<typeof contents>;
export type ReleaseFile = z.infer<typeof file>;

export const encodeContents = ({ pack, files, head, pairs }: Omit<Contents, 'v'>): Buffer =>
  Buffer.from(`${JSON.stringify({ v: 1, pack, files, head, pairs })}\n`);

/** @throws TwinstileError 'fleet-refused'. */
export function readContents(bytes: Uint8Array): Contents {
  let read: Contents;
  try {
    read = contents.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw refused('the contents of a release of models', 'something else', undefined, cause);
  }
  const all = [...read.files, ...(read.head === null ? [] : [read.head])];
  const total = all.reduce((sum, one) => sum + one.bytes, 0);
  if (total > MAX_RELEASE) throw refused(`a release of up to ${MAX_RELEASE} bytes`, `${total}`);
  for (const { name, bytes, pieces } of all) {
    const sum = pieces.reduce((so, [, size]) => so + size, 0);
    if (sum !== bytes) throw refused(`pieces of ${bytes} bytes of ${name}`, `${sum}`);
  }
  const [card] = read.files;
  if (card?.name !== CARD || card.bytes > MAX_CARD)
    throw refused('a card first in the release', card?.name ?? 'nothing');
  return read;
}

/** Are the files the ones that the card names? What they are is checked when they are put in place. @throws TwinstileError 'fleet-refused'. */
export function expectFilesOf(card: ModelCard, { files, pack }: Contents): void {
  if (card.name !== pack) throw refused(`the card of ${pack}`, `that of ${card.name}`);
  const wanted = filesOf(card);
  const networks = files.slice(1);
  if (wanted.length !== networks.length)
    throw refused(`${wanted.length} networks in the release`, `${networks.length}`);
  for (const { file: name, bytes, sha256: hash } of wanted)
    if (!networks.some((one) => one.name === name && one.bytes === bytes && one.sha256 === hash))
      throw refused(`${name} as the card of the release has it`, 'another file or none');
}

const NAMED = /\.[0-9a-f]{12}$/;

/** What makes two packs the same: everything in their cards but the name. */
export function releasedName({ name, ...rest }: ModelCard): string {
  const digest = createHash('sha256').update(JSON.stringify(rest)).digest('hex').slice(0, 12);
  return `${name.replace(NAMED, '')}.${digest}`;
}

/** Whether a pack's folder came with a release: no pack of this program, and none that an owner named, looks like that. */
export const isReleased = (pack: string): boolean => NAMED.test(pack);

export const MAX_PLAN = 1024 * 1024;
/** The one that is rolled out, and what the others have meanwhile. */
export const MAX_RELEASES = 4;

const id = z.string().regex(ID_PATTERN);

export const releaseSchema = z.strictObject({
  /** Rises with each release of the site; the same one published again as a new one has a new number. */
  number: z.int().min(1),
  pack: z.string().max(128),
  /** What it consists of. */
  contents: z.tuple([z.string().regex(/^[0-9a-f]{64}$/), z.int().min(1).max(MAX_CONTENTS)]).readonly(),
  /** 'halted': devices that have it keep it, no other takes it. 'rolled-back': devices that have it roll back. */
  status: z.enum(['offered', 'halted', 'rolled-back']),
  /** Share of the devices, 0..100. */
  percent: z.number().min(0).max(100),
  /** These in any case. */
  devices: z.array(id).max(10_000),
});
const plan = z.strictObject({
  v: z.literal(1),
  site: id,
  /** Rises by one with each plan that differs from the one before. */
  serial: z.int().min(1),
  /** Rising by number. */
  releases: z.array(releaseSchema).max(MAX_RELEASES),
});

export type Release = z.infer<typeof releaseSchema>;
export type Plan = z.infer<typeof plan>;

export const planTarget = (site: string): string => `site/${site}/models.json`;

export const encodePlan = ({ site, serial, releases }: Omit<Plan, 'v'>): Buffer =>
  Buffer.from(`${JSON.stringify({ v: 1, site, serial, releases: releases.map(inOrder) })}\n`);

const inOrder = ({ number, pack, contents, status, percent, devices }: Release): Release => ({
  number,
  pack,
  contents,
  status,
  percent,
  devices: [...devices].sort(),
});

/** @throws TwinstileError 'fleet-refused'. */
export function readPlan(bytes: Uint8Array, site: string): Plan {
  let read: Plan;
  try {
    read = plan.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw refused('a plan of releases of models', 'something else', undefined, cause);
  }
  if (read.site !== site) throw refused(`the plan of site ${site}`, `that of ${read.site}`);
  const numbers = read.releases.map(({ number }) => number);
  if (numbers.some((number, place) => place > 0 && number <= (numbers[place - 1] ?? 0)))
    throw refused('releases rising by number', numbers.join(', '));
  return read;
}
