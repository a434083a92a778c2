/** Branded strings: a badge cannot be passed where a person is expected. */
declare const kind: unique symbol;
type Id<Name extends string> = string & { readonly [kind]: Name };

export type PersonId = Id<'PersonId'>;
export type BadgeId = Id<'BadgeId'>;
export type SiteId = Id<'SiteId'>;
export type LaneId = Id<'LaneId'>;
export type GateId = Id<'GateId'>;
export type GrantId = Id<'GrantId'>;
export type DecisionId = Id<'DecisionId'>;
/** One face followed through one vision process, unique within a lane's run: "3f2a-17" (process epoch, counter). */
export type TrackId = Id<'TrackId'>;
/** Lower-case hexadecimal SHA-256 of the encoder, its card's recipe and the head: what made a vector. */
export type ModelDigest = Id<'ModelDigest'>;

export const personId = (value: string): PersonId => value as PersonId;
export const badgeId = (value: string): BadgeId => value as BadgeId;
export const siteId = (value: string): SiteId => value as SiteId;
export const laneId = (value: string): LaneId => value as LaneId;
export const gateId = (value: string): GateId => value as GateId;
export const grantId = (value: string): GrantId => value as GrantId;
export const decisionId = (value: string): DecisionId => value as DecisionId;
export const trackId = (value: string): TrackId => value as TrackId;
export const modelDigest = (value: string): ModelDigest => value as ModelDigest;

/** What an id may look like where people choose it: it becomes a topic segment, a file name and a database key. */
export const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
