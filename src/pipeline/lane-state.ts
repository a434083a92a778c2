/** What works right now, and why something does not. */
import type { WallTime } from '../base/units.js';
import type { LaneRules } from '../decision/rules.js';
import type { CameraStatus } from '../ports/vision.js';
import type { Degraded, LaneGallery, LaneMode, LaneParts, LaneState } from './lane-parts.js';

export interface LaneFacts {
  readonly camera: CameraStatus | 'restarting';
  readonly brokerConnected: boolean;
  readonly gateAlive: boolean;
  readonly journalWorks: boolean;
  readonly calibrated: boolean;
  readonly rules: LaneRules;
  readonly gallery: LaneGallery['snapshot'];
  readonly galleryLoadedAt: WallTime;
  readonly pack: LaneParts['pack'];
}

/** Pure. The lane steps down, never sideways. */
export function stateOf(facts: LaneFacts): LaneState {
  const { camera, gallery, pack, calibrated, gateAlive, rules } = facts;
  const templates = gallery.owners.length;
  const degraded: Degraded[] = [
    ...(camera === 'live' || camera === 'restarting' ? [] : (['camera-not-live'] as const)),
    ...(camera === 'restarting' ? (['vision-restarting'] as const) : []),
    ...(facts.brokerConnected ? [] : (['broker-away'] as const)),
    ...(gateAlive ? [] : (['gate-silent'] as const)),
    ...(calibrated ? [] : (['pack-uncalibrated'] as const)),
    ...(templates > 0 ? [] : (['gallery-empty'] as const)),
    ...(facts.journalWorks ? [] : (['journal-failing'] as const)),
  ];
  return {
    mode: degraded.length > 0 ? 'closed' : modeOf(rules),
    gate: gateAlive ? 'ready' : 'silent',
    camera,
    gallery: { version: gallery.version, people: gallery.people.size, templates },
    galleryLoadedAt: facts.galleryLoadedAt,
    pack: { ...pack, calibrated },
    degraded,
  };
}

function modeOf({ identification, verification }: LaneRules): LaneMode {
  if (identification !== undefined) return 'identification';
  return verification === undefined ? 'closed' : 'verification';
}
