/** How the machine is. Each part is absent where it cannot be learned. */
export interface Health {
  /** Bytes. */
  readonly memory?: {
    /** Resident, of this process. */
    readonly own?: number;
    /** Resident, of the other processes asked about, by pid; those that have ended are left out. */
    readonly others: Readonly<Record<number, number>>;
    /** What the machine could still give out. */
    readonly available?: number;
  };
  /** Share of all cores that was busy since the last time it was asked, 0..1. */
  readonly cpuLoad?: number;
  /** Of the processor, in degrees Celsius. */
  readonly temperature?: number;
  /** Bytes that this user can still write to the disk of the data folder. */
  readonly diskFree?: number;
  /** Of the machine, in seconds. */
  readonly uptime?: number;
  /** Of this process. */
  readonly eventLoop?: LoopDelay;
}

/** How much later than asked for this process came to its work, in ms, since the last time. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** At most 3 s. Never throws. */
export type ReadHealth = () => Promise<Health>;
