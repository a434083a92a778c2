/**
 * Names the circumstances under which a face was captured.
 *
 * What all faces of one camera share (lens, light, wall) looks to an encoder like kinship, so that distances can only be read
 * when both sides' circumstances are known.
 */
import { createHash } from 'node:crypto';
import type { LaneId, SiteId } from '../../base/ids.js';

declare const kind: unique symbol;

/** `photo`, `webcam`, `unknown` or `camera/<16 hex>/<light>`: an opaque id that every box of a fleet derives in the same way. */
export type CaptureCondition = string & { readonly [kind]: 'CaptureCondition' };

/** What a camera's picture is lit by; infrared pictures carry no colour. */
export type Light = (typeof LIGHTS)[number];

export const LIGHTS = ['color', 'infrared'] as const;

/** A photograph that was taken elsewhere. */
export const PHOTO = 'photo' as CaptureCondition;

/** A camera of an office that no lane uses. */
export const WEBCAM = 'webcam' as CaptureCondition;

/** Not recorded: templates from before conditions were kept. */
export const UNKNOWN_CONDITION = 'unknown' as CaptureCondition;

const CAMERA = /^camera\/([0-9a-f]{16})\/(color|infrared)$/;

/**
 * Returns the condition of a lane's camera under one light: 16 hexadecimal digits of SHA-256 over site and lane, so that a
 * published gallery does not name lanes.
 */
export function cameraCondition(site: SiteId, lane: LaneId, light: Light): CaptureCondition {
  const parts = JSON.stringify(['twinstile-condition-v1', site, lane]);
  const hex = createHash('sha256').update(parts).digest('hex').slice(0, 16);
  return `camera/${hex}/${light}` as CaptureCondition;
}

/** Reads a condition from text; undefined for anything else. */
export function readCondition(text: string): CaptureCondition | undefined {
  const isNamed = text === PHOTO || text === WEBCAM || text === UNKNOWN_CONDITION;
  return isNamed || CAMERA.test(text) ? (text as CaptureCondition) : undefined;
}

/** Returns the same camera's condition under another light; undefined for what is no lane's camera. */
export function inLight(condition: CaptureCondition, light: Light): CaptureCondition | undefined {
  const hex = CAMERA.exec(condition)?.[1];
  return hex === undefined ? undefined : (`camera/${hex}/${light}` as CaptureCondition);
}

/** Whether two conditions are of one camera, under whatever light. */
export function isSameCamera(a: CaptureCondition, b: CaptureCondition): boolean {
  const hex = CAMERA.exec(a)?.[1];
  return hex !== undefined && hex === CAMERA.exec(b)?.[1];
}

/** Whether templates of this condition are compared as photographs from elsewhere. */
export const countsAsPhoto = (condition: CaptureCondition): boolean =>
  condition === PHOTO || condition === UNKNOWN_CONDITION;
