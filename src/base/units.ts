/** Branded numbers: the compiler keeps a distance from being read as a rate. */
declare const unit: unique symbol;
type Unit<Name extends string> = number & { readonly [unit]: Name };

/** A span of time in milliseconds, 0 or more. */
export type Millis = Unit<'Millis'>;
/** CLOCK_MONOTONIC in milliseconds: the same in every process of one machine, never set back. In a replay: time in the clip. */
export type Monotonic = Unit<'Monotonic'>;
/** Milliseconds since 1970-01-01 UTC. For people and for journals; no safety rule rests on it. */
export type WallTime = Unit<'WallTime'>;
/** Share of impostor comparisons that would pass, 0..1 inclusive. Smaller is surer. */
export type FalseMatchRate = Unit<'FalseMatchRate'>;
/** Result of a metric for two embeddings, 0 or more. Only biometrics/ and records/ compare these; rules use FalseMatchRate. */
export type Distance = Unit<'Distance'>;
/** Number of a frame within one vision process, from 0, strictly rising. */
export type FrameSeq = Unit<'FrameSeq'>;

export const millis = (value: number): Millis => value as Millis;
export const monotonic = (value: number): Monotonic => value as Monotonic;
export const wallTime = (value: number): WallTime => value as WallTime;
export const falseMatchRate = (value: number): FalseMatchRate => value as FalseMatchRate;
export const distance = (value: number): Distance => value as Distance;
export const frameSeq = (value: number): FrameSeq => value as FrameSeq;
