/** What of a fleet is in use on a device, as its lanes publish it. */
import type { WallTime } from '../../base/units.js';

/** The fleet's gallery and models in use on this device. */
export interface FleetStatus {
  /** Number of the published version; absent before the first one. */
  readonly serial?: number;
  /** When the registrar last signed that it is the newest. */
  readonly signedAt?: WallTime;
  /** The highest format of segments that this version reads. */
  readonly reads?: number;
  /** Absent where this device takes no releases of models. */
  readonly models?: { readonly release: number; readonly phase: string };
}

export const modelsMessage = ({ release, phase }: NonNullable<FleetStatus['models']>) => ({
  release,
  rollout: phase,
});

export const publishedMessage = ({ serial, signedAt, reads }: FleetStatus) => ({
  serial,
  signed_at: signedAt === undefined ? undefined : new Date(signedAt).toISOString(),
  reads,
});
