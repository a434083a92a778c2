/** Boxes of a fleet as a table, and as JSON. */

import type { LeftOut } from '../../fleet/fleet-ports.js';
import type { RolloutPhase, RolloutState } from '../../fleet/releases/rollout-state.js';
import { NEWEST_SEGMENT_FORMAT } from '../../fleet/segments/segment-format.js';
import type { DeviceStatus } from '../../fleet/status/device-status.js';
import type { PublishedGallery } from '../../service/setup/fleet-office.js';

const HEAD = [
  'DEVICE',
  'LANES',
  'GALLERY',
  'SIGNED',
  'READS',
  'PROGRAM',
  'NODE',
  'PACK',
  'HEAD',
  'MODE',
  'SEEN',
  'STATE',
];

/** @param now ms since 1970. */
export function deviceLines(devices: readonly DeviceStatus[], now: number): readonly string[] {
  const rows = [HEAD, ...devices.map((device) => cellsOf(device, now))];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const ailing = devices.filter(({ faults }) => faults.length > 0).length;
  return [...table, ailing === 0 ? `${devices.length} well.` : `${ailing} of ${devices.length} not well.`];
}

const cellsOf = (one: DeviceStatus, now: number): readonly string[] => [
  `${one.site}/${one.device}`,
  one.lanes.join(','),
  one.serial === undefined ? '-' : `${one.serial}`,
  ago(one.signedAt, now),
  one.reads === undefined ? '-' : `${one.reads}`,
  one.program?.version ?? '-',
  one.program?.node ?? '-',
  one.pack ?? '-',
  one.head ?? '-',
  one.modes.length === 0 ? '-' : one.modes.join(','),
  ago(one.seenAt, now),
  one.faults.length === 0 ? 'ok' : one.faults.join(' '),
];

/** "12 s", "3 min", "5 h", "2 d". */
function ago(at: number | undefined, now: number): string {
  if (at === undefined) return '-';
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** Which boxes a new format of segments waits for. */
export function formatLines(devices: readonly DeviceStatus[]): readonly string[] {
  const old = devices.filter(({ reads }) => reads !== undefined && reads < NEWEST_SEGMENT_FORMAT);
  if (old.length === 0) return [];
  const names = old.map(({ site, device }) => `${site}/${device}`).join(', ');
  return [
    `Segments of format ${NEWEST_SEGMENT_FORMAT}, which say where templates were captured, are not read by ${names}: upgrade, or take away a box that is gone (twinstile gallery device remove NAME).`,
  ];
}

/** Boxes that a new format of segments waits for, and what to do about each. */
export function waitingLines({ format, waitsFor }: PublishedGallery): readonly string[] {
  if (waitsFor.length === 0) return [];
  return [
    `Segments stay in format ${format}, without where templates were captured, until these boxes have reported format ${NEWEST_SEGMENT_FORMAT} to the broker: ${waitsFor.join(', ')}.`,
    'Upgrade them and let them run once (gallery.fleet.device names a box as it is listed here); take away what is gone: twinstile gallery device remove NAME. Without a broker, when all are upgraded: gallery publish --segments 2.',
  ];
}

/** Names as on the wire, times in ISO 8601. */
export const deviceRecord = ({ serial, signedAt, seenAt, ...one }: DeviceStatus) => ({
  ...one,
  serial,
  signed_at: signedAt === undefined ? undefined : new Date(signedAt).toISOString(),
  seen_at: seenAt === undefined ? undefined : new Date(seenAt).toISOString(),
  well: one.faults.length === 0,
});

/** Formats the rollout state of a box. */
const WORDS: Readonly<Record<RolloutPhase, string>> = {
  configured: 'none is in use: the configuration names the models',
  placed: 'the next one is here and is being examined',
  waiting: 'the next one is here and waits',
  ready: 'the next one is ready: the service takes it within seconds',
  probation: 'in use, on probation',
  settled: 'in use',
  'rolled-back': 'the next one was not taken',
};

/** Nothing where there never was a release. */
export function rolloutLines({ release, phase, why, refused }: RolloutState): readonly string[] {
  if (phase === 'configured' && refused === undefined) return [];
  const number = release === 0 ? '' : ` ${release}`;
  return [
    `Release of models${number}: ${WORDS[phase]}${why === undefined ? '' : `: ${why}`}.`,
    ...(refused === undefined ? [] : [`Release ${refused.release} is not tried again: ${refused.reason}.`]),
  ];
}

/** What of the published gallery is not in use at a box, and what to do. */
export function leftOutLines(leftOut: readonly LeftOut[]): readonly string[] {
  if (leftOut.length === 0) return [];
  const lines = leftOut.map(({ kind, bucket, why }) => `left out    a ${kind} of segment ${bucket}: ${why}`);
  return [...lines, 'At the registrar, `twinstile gallery publish --full` says whose record it is.'];
}
