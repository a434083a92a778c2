import type { Sql } from '../sql-port.js';

/** Rises by one with every change that was applied. */
export async function versionIn(sql: Sql): Promise<number> {
  const state = await sql.one<{ readonly version: number }>('SELECT version FROM gallery_state');
  return state?.version ?? 0;
}
