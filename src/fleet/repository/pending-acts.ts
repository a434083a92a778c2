/**
 * Acts of administrators in the fleet's folder that are not in the journal's chain yet. Keys, devices and releases are files, which no
 * transaction of the journal covers: an act is written here before the first of them changes, and stays until the chain has it.
 */
import path from 'node:path';
import { z } from 'zod';
import { TwinstileError } from '../../base/errors.js';
import { type WallTime, wallTime } from '../../base/units.js';
import { readIfPresent, writeFileAtomically } from '../../platform/atomic-file.js';
import type { Act, Actor } from '../../records/journal/act.js';

const facts = z.record(z.string(), z.json());
const fileSchema = z.strictObject({
  v: z.literal(1),
  acts: z.array(
    z.strictObject({
      id: z.uuid(),
      at_ms: z.number(),
      actor: facts,
      act: facts,
      finished: z.boolean(),
    }),
  ),
});

export interface PendingAct {
  /** Becomes the subject of its row, so that it enters the chain once. */
  readonly id: string;
  readonly at: WallTime;
  readonly actor: Actor;
  readonly act: Act;
  /** False: it was begun and broke off. */
  readonly finished: boolean;
}

export interface PendingActs {
  readonly file: string;
  load(): Promise<readonly PendingAct[]>;
  /** Durable when it resolves. Only for a caller that holds the folder's lock. */
  save(acts: readonly PendingAct[]): Promise<void>;
}

/** @param fleet the fleet's folder. `load` @throws TwinstileError 'bad-arguments' when the file was changed by others. */
export function pendingActs(fleet: string): PendingActs {
  const file = path.join(fleet, 'acts.json');
  return {
    file,
    async load() {
      const bytes = await readIfPresent(file);
      return bytes === undefined ? [] : actsIn(file, bytes);
    },
    async save(acts) {
      const rows = acts.map(({ id, at, actor, act, finished }) => ({ id, at_ms: at, actor, act, finished }));
      await writeFileAtomically(file, `${JSON.stringify({ v: 1, acts: rows }, null, 2)}\n`, 0o600);
    },
  };
}

function actsIn(file: string, bytes: Buffer): readonly PendingAct[] {
  try {
    const { acts } = fileSchema.parse(JSON.parse(bytes.toString('utf8')));
    return acts.map(({ at_ms, actor, act, ...rest }) => ({
      ...rest,
      at: wallTime(at_ms),
      actor: actor as unknown as Actor,
      act: act as unknown as Act,
    }));
  } catch (cause) {
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected ${file} as it was written, got something else.`,
      hint: 'It holds what administrators did and the journal does not have yet: put it back from a backup, or keep it elsewhere as it is and find out who changed it.',
      cause,
    });
  }
}
