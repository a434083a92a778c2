/** Describes the schedule of a job: one type of value for every job of the configuration. */
import { validate } from 'node-cron';
import { z } from 'zod';

const MAX_LENGTH = 100;

/** @param usual the default where the key is absent. */
export const cronSchema = (usual: string, what: string) =>
  z
    .string()
    .max(MAX_LENGTH)
    .refine(
      (text) => validate(text),
      `Expected a cron expression (minute, hour, day, month, weekday; seconds before them if wanted) that occurs, such as ${JSON.stringify(usual)}.`,
    )
    .default(usual)
    .describe(what);
