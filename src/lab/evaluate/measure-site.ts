/**
 * Measures who is let in at a camera of the owner's own: recorded clips go through the lane's rules, and each person is enrolled
 * in turn and an impostor in turn.
 */
import type { LaneDecision } from '../../access/decision.js';
import type { LaneRules } from '../../access/lane-rules.js';
import { badgeId, laneId, personId, siteId } from '../../base/ids.js';
import { wallTime } from '../../base/units.js';
import {
  type CaptureCondition,
  cameraCondition,
  type Light,
  PHOTO,
  UNKNOWN_CONDITION,
} from '../../biometrics/conditions/capture-condition.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import type { LaneGallery } from '../../lane/decision/lane-gallery.js';
import { galleryFor, prepareGallery } from '../../lane/gallery-through.js';
import { openSearch } from '../../records/people/search.js';
import type { FrameReport } from '../../vision/ports/vision.js';
import { type GalleryRow, galleryOfRows } from '../replay/gallery-in-memory.js';
import { decideOnRecording, lightOf, looksOf } from '../replay/recorded-clip.js';
import { looksWithin } from './site-looks.js';
import { type RuleRates, type SiteOutcome, SiteTally } from './site-tally.js';
import { type SiteTrial, siteTrials, spreadOver } from './site-trials.js';

/** What a lane's vision saw of one person. */
export interface SiteClip {
  /** As the list of identities names it. */
  readonly file: string;
  readonly person: string;
  readonly reports: readonly FrameReport[];
}

/** Where the enrolled were captured. 'both': every second one at the camera under evaluation, the others at another. */
type EnrolledWhere = 'here' | 'elsewhere' | 'both';

export interface SitePlan {
  /** Numbers of people enrolled by clip. */
  readonly enrolled: readonly number[];
  /** Numbers of further people, enrolled by one photograph each. */
  readonly photographs: readonly number[];
  /** Most galleries of each size. */
  readonly most: number;
  readonly seed: number;
  /** Clips of one person that are one transaction (ISO/IEC 19795-1), 1 or more: let in where any of them is. */
  readonly attempts: number;
}

export interface SiteQuestion {
  readonly card: ModelCard;
  readonly comparison: Comparison;
  /** Of both ways to be let in. */
  readonly rules: LaneRules;
  /** By which people are enrolled. */
  readonly clips: readonly SiteClip[];
  /** Of the camera under evaluation; absent: it is the one of `clips`. */
  readonly live?: readonly SiteClip[];
  /** Vectors of photographs of others, one a person. */
  readonly photographs: readonly Float32Array[];
  readonly plan: SitePlan;
}

export interface SiteRow {
  readonly where: EnrolledWhere;
  readonly enrolled: number;
  readonly photographs: number;
  /** 'raw': as if no capture condition were known. */
  readonly compared: 'centred' | 'raw';
  readonly galleries: number;
  readonly identification: RuleRates;
  readonly verification: RuleRates;
}

/** Looks of a clip that become templates. */
const TEMPLATES = 5;
const SITE = siteId('evaluation');
const NOW = wallTime(0);

/** @returns a row for each number of people, each place of enrollment and each way to compare that the clips are enough for. */
export async function measureSite(question: SiteQuestion): Promise<readonly SiteRow[]> {
  const { clips, live, plan } = question;
  const places: readonly EnrolledWhere[] = live === undefined ? ['here'] : ['elsewhere', 'both'];
  const rows: SiteRow[] = [];
  for (const photographs of plan.photographs)
    for (const enrolled of plan.enrolled) {
      const trials = siteTrials(clips, { enrolled, most: plan.most, seed: plan.seed });
      if (trials.length === 0 || enrolled + photographs === 0) continue;
      for (const where of places) {
        if (where === 'both' && enrolled < 2) continue;
        for (const compared of ['raw', 'centred'] as const)
          rows.push(await measureRow(question, trials, { where, enrolled, photographs, compared }));
      }
    }
  return rows;
}

type RowKind = Pick<SiteRow, 'where' | 'enrolled' | 'photographs' | 'compared'>;

async function measureRow(
  question: SiteQuestion,
  trials: readonly SiteTrial[],
  kind: RowKind,
): Promise<SiteRow> {
  const { clips, live = clips, plan, rules } = question;
  const identification = new SiteTally(plan.attempts);
  const verification = new SiteTally(plan.attempts);
  for (const [index, trial] of trials.entries()) {
    const gallery = await openTrial(question, trial, kind);
    const files = new Set(trial.map(({ file }) => file));
    for (const { file, person, reports } of live) {
      // A face is not proved by the pictures that it was enrolled by.
      if (files.has(file)) continue;
      const isEnrolled = trial.some((one) => one.person === person);
      const probe = { trial: index, person };
      const byFace = await outcomeOf(reports, { gallery, rules: { ...rules, verification: undefined } });
      identification.add({ ...probe, isEnrolled }, byFace);
      for (const { person: holder } of trial) {
        const isHolder = holder === person;
        // Whose badge an enrolled person steals makes no difference that impostors do not show.
        if (isEnrolled && !isHolder) continue;
        const badge = { gallery, rules: { ...rules, identification: undefined }, holder };
        verification.add({ ...probe, isEnrolled: isHolder, holder }, await outcomeOf(reports, badge));
      }
    }
    await gallery('color').search.close();
  }
  return {
    ...kind,
    galleries: trials.length,
    identification: identification.rates,
    verification: verification.rates,
  };
}

type GalleryInLight = (light?: Light) => LaneGallery;

async function openTrial(
  { card, comparison, clips, live = clips, photographs }: SiteQuestion,
  trial: SiteTrial,
  kind: RowKind,
): Promise<GalleryInLight> {
  const camera = kind.where === 'here' ? 'here' : 'elsewhere';
  const conditionOf = (place: string, light: Light): CaptureCondition =>
    kind.compared === 'raw' ? UNKNOWN_CONDITION : cameraCondition(SITE, laneId(place), light);
  const enrolledRows = trial.flatMap(({ person, file }, index): readonly GalleryRow[] => {
    const isHere = kind.where === 'both' && index % 2 === 1;
    const source = (isHere ? live : clips).find((clip) => clip.file === file && clip.person === person);
    const reports = source?.reports ?? [];
    const condition = conditionOf(isHere ? 'here' : camera, lightOf(reports));
    return looksOf(reports, TEMPLATES).map((vector) => ({ person, vector, condition }));
  });
  const others = spreadOver(photographs, kind.photographs).map(
    (vector, index): GalleryRow => ({
      person: `photograph-${index + 1}`,
      vector,
      condition: kind.compared === 'raw' ? UNKNOWN_CONDITION : PHOTO,
    }),
  );
  const stored = galleryOfRows(
    [...enrolledRows, ...others],
    card,
    trial.map(({ person }) => person),
  );
  const prepared = await prepareGallery(comparison, stored, openSearch);
  const inLight = (light: Light) =>
    galleryFor(
      prepared,
      kind.compared === 'raw' ? undefined : { condition: cameraCondition(SITE, laneId('here'), light) },
    );
  const byLight = { color: await inLight('color'), infrared: await inLight('infrared') };
  return (light = 'color') => byLight[light];
}

interface Judged {
  readonly gallery: GalleryInLight;
  readonly rules: LaneRules;
  /** Whose badge is presented; absent: none is. */
  readonly holder?: string;
}

async function outcomeOf(reports: readonly FrameReport[], judged: Judged): Promise<SiteOutcome> {
  const { gallery, rules, holder } = judged;
  const claim =
    holder === undefined
      ? undefined
      : { badge: badgeId(`badge-of-${holder}`), read: 'evaluation', person: personId(holder) };
  const decisions = await decideOnRecording(reports, { gallery, rules }, NOW, claim);
  return {
    letInAs: decisions.flatMap((one) => namesOf(one)),
    looks: await looksWithin(reports, judged),
  };
}

const namesOf = (decision: LaneDecision): readonly string[] =>
  decision.verdict === 'granted' ? [decision.person ?? ''] : [];
