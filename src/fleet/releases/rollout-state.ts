/**
 * How far a device has come with a release, and what a plan asks of it. Pure: each step is a value out of the one before, stored as a whole.
 *
 * absent → placed → ready → (switched) watched → settled; or refused, and never tried again under the same number.
 */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { howOften } from '../../base/plural.js';
import { type WallTime, wallTime } from '../../base/units.js';
import type { Plan, Release } from './rollout-plan.js';

const models = z.strictObject({
  /** 0: what the configuration names. */
  release: z.int().min(0),
  pack: z.string(),
  /** SHA-256 of the head's file; absent: the encoder alone. */
  head: z.string().optional(),
});

/** Everything by which faces are compared: taken together, or not at all. */
export type ReleasedModels = z.infer<typeof models>;

export const progressSchema = z.strictObject({
  /** Absent: what the configuration names. */
  running: models.optional(),
  /** What to go back to; absent: what the configuration names. */
  previous: models.optional(),
  next: z
    .strictObject({
      models,
      /** 'placed': here, not yet examined. 'ready': to be taken. 'waiting': sound, but people would be locked out. */
      phase: z.enum(['placed', 'ready', 'waiting']),
      why: z.string().optional(),
    })
    .optional(),
  /** Since the switch. */
  watched: z
    .strictObject({
      since: z.int(),
      starts: z.int().min(0),
      /** What was wrong at the switch already: none of its doing. */
      tolerated: z.array(z.string()).max(50),
    })
    .optional(),
  /** The state that was last published. */
  told: z.string().optional(),
  /** The newest last. */
  refused: z.array(z.strictObject({ release: z.int(), at: z.int(), reason: z.string() })).max(50),
});

export type RolloutProgress = z.infer<typeof progressSchema>;

export const NO_PROGRESS: RolloutProgress = { refused: [] };

/** A service that is started so often while a release is watched does not run by it. */
const MAX_STARTS = 5;
const MAX_REFUSED = 50;
const MAX_REASON = 500;

export const downloaded = (progress: RolloutProgress, next: ReleasedModels): RolloutProgress => ({
  ...progress,
  next: { models: next, phase: 'placed' },
});

/** It is no longer offered, or another one is. */
export function dropped(progress: RolloutProgress): RolloutProgress {
  const { next: _, ...rest } = progress;
  return rest;
}

export const ready = (progress: RolloutProgress): RolloutProgress =>
  progress.next === undefined
    ? progress
    : { ...progress, next: { models: progress.next.models, phase: 'ready' } };

export const waiting = (progress: RolloutProgress, why: string): RolloutProgress =>
  progress.next === undefined
    ? progress
    : { ...progress, next: { models: progress.next.models, phase: 'waiting', why } };

/** It was examined and found wanting. */
export function rejected(
  progress: RolloutProgress,
  release: number,
  now: WallTime,
  reason: string,
): RolloutProgress {
  return { ...dropped(progress), refused: withRefused(progress, release, now, reason) };
}

/** @param tolerated causes for which lanes are degraded already. */
export function switched(
  progress: RolloutProgress,
  now: WallTime,
  tolerated: readonly string[],
): RolloutProgress {
  const { next, running, previous: _, ...rest } = progress;
  if (next?.phase !== 'ready') return progress;
  return {
    ...rest,
    running: next.models,
    previous: running,
    watched: { since: now, starts: 0, tolerated: [...new Set(tolerated)].sort() },
  };
}

/** The service begins with what is running. @returns what is stored before anything else is done. */
export function started(progress: RolloutProgress, now: WallTime): RolloutProgress {
  const { watched } = progress;
  if (watched === undefined) return progress;
  if (watched.starts >= MAX_STARTS)
    return rolledBack(
      progress,
      now,
      `the service was started ${howOften(watched.starts)} while it was watched`,
    );
  return { ...progress, watched: { ...watched, starts: watched.starts + 1 } };
}

/** It has proven itself; what was before is only kept until the next one comes. */
export function settled(progress: RolloutProgress): RolloutProgress {
  const { watched: _, ...rest } = progress;
  return rest;
}

/** Back to what was before, and not to this release again. */
export function rolledBack(progress: RolloutProgress, now: WallTime, reason: string): RolloutProgress {
  const { running, previous, watched: _, next: __, ...rest } = progress;
  if (running === undefined) return progress;
  return {
    ...rest,
    running: previous,
    refused: withRefused(progress, running.release, now, reason),
  };
}

export const isReleaseRefused = ({ refused }: RolloutProgress, release: number): boolean =>
  refused.some((one) => one.release === release);

function withRefused({ refused }: RolloutProgress, release: number, now: WallTime, reason: string) {
  const entry = { release, at: wallTime(now), reason: reason.slice(0, MAX_REASON) };
  return [...refused.filter((one) => one.release !== release), entry].slice(-MAX_REFUSED);
}

/** 'configured': no release is in use. */
export type RolloutPhase =
  | 'configured'
  | 'placed'
  | 'waiting'
  | 'ready'
  | 'probation'
  | 'settled'
  | 'rolled-back';

export interface RolloutState {
  /** In use; 0 for what the configuration names. */
  readonly release: number;
  readonly phase: RolloutPhase;
  /** It waits. */
  readonly why?: string;
  /** The last one that was refused or returned, and why. */
  readonly refused?: { readonly release: number; readonly reason: string };
}

/** For observers. */
export function rolloutStateOf({ running, next, watched, refused }: RolloutProgress): RolloutState {
  const release = running?.release ?? 0;
  const last = refused.at(-1);
  const phase =
    watched !== undefined
      ? 'probation'
      : next !== undefined
        ? next.phase
        : last !== undefined && last.release > release
          ? 'rolled-back'
          : running === undefined
            ? 'configured'
            : 'settled';
  return {
    release,
    phase,
    why: next?.why === undefined ? undefined : next.why,
    refused: last === undefined ? undefined : { release: last.release, reason: last.reason },
  };
}

export const sameModels = (a: ReleasedModels | undefined, b: ReleasedModels | undefined): boolean =>
  a?.release === b?.release && a?.pack === b?.pack && a?.head === b?.head;

type RolloutStep =
  | { readonly step: 'stay' }
  /** To what was before. */
  | { readonly step: 'return' }
  | { readonly step: 'take'; readonly release: Release };

/** What does a plan ask of this device? @param device its name in the roll-out. */
export function nextStep(
  { releases }: Pick<Plan, 'releases'>,
  device: string,
  progress: RolloutProgress,
): RolloutStep {
  const current = progress.running?.release ?? 0;
  if (releases.some(({ number, status }) => number === current && status === 'rolled-back'))
    return { step: 'return' };
  // While one is watched its successor waits: it is not known yet what there is to go back to.
  if (progress.watched !== undefined) return { step: 'stay' };
  const best = releases.findLast(
    (release) =>
      release.status === 'offered' && !isReleaseRefused(progress, release.number) && isFor(release, device),
  );
  return best === undefined || best.number <= current ? { step: 'stay' } : { step: 'take', release: best };
}

export const isFor = ({ contents: [sha256], percent, devices }: Release, device: string): boolean =>
  isChosen(device, { pack: sha256, percent, devices });

interface Rollout {
  readonly pack: string;
  /** 0..100: share of the devices, by a hash of their names. A larger share contains every smaller one. */
  readonly percent: number;
  /** Named devices get it in any case. */
  readonly devices: readonly string[];
}

/** The pack in the hash keeps it from always being the same devices that go first. */
export function isChosen(device: string, { pack, percent, devices }: Rollout): boolean {
  if (devices.includes(device)) return true;
  const share = createHash('sha256').update(`${pack}\n${device}`).digest().readUInt32BE(0) / 2 ** 32;
  return share * 100 < percent;
}
