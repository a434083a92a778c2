/** Which releases of models are out, and for whom? One signed target for each site: a few lines that change at each step. */
import { z } from 'zod';
import { ID_PATTERN } from '../../base/ids.js';
import { refused } from '../tuf/refusal.js';
import { MAX_CONTENTS } from './release-contents.js';

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
