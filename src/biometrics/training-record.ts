/** Defines the training record of a head: how it was trained, on how many people, and its match rates on people that took no part. */
import { z } from 'zod';

const count = z.int().nonnegative();
const share = z.number().min(0).max(1);
const points = z.number().min(-1).max(1);

export const headCard = z.strictObject({
  /** In words. */
  how: z.string().max(2000),
  /** ISO 8601. */
  madeAt: z.string().max(40).optional(),
  seed: z.int().nonnegative().optional(),
  trained: z.strictObject({ people: count, photos: count }).optional(),
  /** True match rates at a false match rate, on people that took no part in learning. */
  heldOut: z
    .array(
      z.strictObject({
        fmr: share,
        /** 'people': every person counts once; 'pairs': every mated pair does. */
        counting: z.enum(['people', 'pairs']),
        people: count,
        photos: count,
        matedPairs: count,
        impostorPairs: count,
        tmrBefore: share,
        tmrAfter: share,
        /** tmrAfter - tmrBefore with its 95 % interval, by bootstrap over people. */
        lift: points,
        liftFrom: points,
        liftTo: points,
      }),
    )
    .max(20)
    .optional(),
});

export type HeadCard = z.infer<typeof headCard>;
export type HeldOut = NonNullable<HeadCard['heldOut']>[number];
