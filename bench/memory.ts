import { readFileSync } from 'node:fs';

/** Resident memory of a process in MB; 0 when it is gone. */
export function residentOf(pid: number | 'self'): number {
  try {
    const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    // It ended between two looks.
    return 0;
  }
}
