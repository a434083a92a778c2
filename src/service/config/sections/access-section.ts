/** Describes the access rules: who may pass where and when. access-conflicts.ts refuses contradictions. */
import { z } from 'zod';
import { CREDENTIAL_POLICIES } from '../../../access/policy/credentials.js';
import { isTimeZone } from '../../../base/local-time.js';
import { readBadgeText } from '../../../base/names.js';
import { idSchema } from './lane-section.js';

export const DEFAULT_PERSON_LOCK_MS = 3000;
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const isDate = (text: string): boolean => {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
};
const date = z
  .string()
  .refine((text) => /^\d{4}-\d\d-\d\d$/.test(text) && isDate(text), 'Expected a date such as "2026-12-24".');
const holiday = z
  .string()
  .refine(
    (text) =>
      (/^\d{4}-\d\d-\d\d$/.test(text) && isDate(text)) ||
      (/^\d\d-\d\d$/.test(text) && isDate(`2024-${text}`)),
    'Expected a date such as "2026-12-24", or "12-24" for each year.',
  );
const zoneName = z.string().refine(isTimeZone, 'Expected an IANA time zone such as Europe/Berlin.');
const time = (latest: string) =>
  z
    .string()
    .refine(
      (text) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text) || text === latest,
      'Expected a time such as "08:30".',
    );
const from = time('00:00').describe('First minute, such as "08:00".');
const to = time('24:00').describe(
  'End, not itself included; not later than from means on the next day. "24:00" is midnight.',
);
const hours = z.array(z.strictObject({ from, to }));
const groups = z.array(idSchema).min(1).describe('Names of groups; "everyone" is all who are enrolled.');
const lanes = z.array(idSchema).min(1).default(['all']).describe('Names of lanes; "all" is every lane.');
const people = (what: string) => z.array(idSchema).default([]).describe(what);

const schedule = z.strictObject({
  id: idSchema.describe('Name of the schedule; "always" and "never" are there by themselves.'),
  time_zone: zoneName.optional().describe('Time zone of its hours; that of the site if absent.'),
  hours: z
    .array(
      z.strictObject({
        days: z.array(z.enum(DAYS)).min(1).describe('Days of the week: mon, tue, wed, thu, fri, sat, sun.'),
        from,
        to,
      }),
    )
    .default([])
    .describe('Hours of the week; those over midnight belong to the day on which they begin.'),
  holidays: z
    .strictObject({
      calendar: idSchema.describe('Name of the holiday calendar.'),
      hours: hours.default([]).describe('Hours on those days; closed if empty.'),
    })
    .optional()
    .describe('What holds on holidays instead of the week.'),
  special_days: z
    .array(
      z.strictObject({
        first: date.describe('First day, such as "2026-12-24".'),
        last: date.optional().describe('Last day, itself included; the first one if absent.'),
        hours: hours.default([]).describe('Hours on those days; closed if empty.'),
      }),
    )
    .default([])
    .describe('Single days that go before week and holidays.'),
});

const rule = z.strictObject({
  effect: z.enum(['grant', 'deny']).describe('grant or deny; a denial beats every grant.'),
  groups,
  lanes,
  schedule: idSchema.default('always').describe('When the rule holds.'),
  first_day: date.optional().describe('From this day on, in the time zone of the site.'),
  last_day: date.optional().describe('Until this day, itself included.'),
});

const credentials = z.enum(CREDENTIAL_POLICIES);
const lane = z.strictObject({
  id: idSchema.describe('Name of the lane.'),
  credentials: credentials
    .optional()
    .describe('What must be shown; if absent, what the lane’s identification and verification ask for.'),
  exceptions: z
    .array(
      z.strictObject({
        schedule: idSchema.describe('When this is asked for instead.'),
        credentials: credentials.describe('What must be shown then.'),
      }),
    )
    .default([])
    .describe('Other credentials at other times; the first that holds counts.'),
  badge_suffices: z
    .array(idSchema)
    .default([])
    .describe(
      'Groups whose members pass with their badge alone, whatever else is asked for: people whose face stays covered, or whom no camera can read. They need no template.',
    ),
  from_zone: idSchema.optional().describe('Zone the lane leads out of.'),
  to_zone: idSchema.optional().describe('Zone the lane leads into.'),
  tailgating: z
    .enum(['off', 'report', 'refuse'])
    .default('off')
    .describe('What becomes of somebody with a second face close behind.'),
  count_on: z
    .enum(['opened', 'passed'])
    .default('opened')
    .describe('When a passage counts: when the gate opened, or when its sensor saw somebody walk.'),
});

export const accessRules = z.strictObject({
  time_zone: zoneName.describe('Time zone of the site, such as Europe/Berlin.'),
  holidays: z
    .array(
      z.strictObject({
        id: idSchema.describe('Name of the calendar.'),
        dates: z.array(holiday).min(1).describe('Dates such as "2026-04-03", or "12-25" for each year.'),
      }),
    )
    .default([])
    .describe('Calendars of holidays.'),
  schedules: z.array(schedule).default([]).describe('When something holds.'),
  groups: z
    .array(
      z.strictObject({
        id: idSchema.describe('Name of the group.'),
        people: people('Ids of the people in it.'),
      }),
    )
    .default([])
    .describe('Who belongs together.'),
  rules: z.array(rule).min(1).describe('Who may pass where and when; what is not granted is refused.'),
  denied_badges: z
    .array(
      z
        .string()
        .refine((text) => readBadgeText(text) !== undefined, 'Expected a badge as the reader reports it.'),
    )
    .default([])
    .describe('Badges that open nothing, whoever has them, visitors too: lost and stolen ones.'),
  zones: z.array(idSchema).default([]).describe('Areas that lanes lead out of and into.'),
  lanes: z.array(lane).default([]).describe('What is asked for at a lane.'),
  anti_passback: z
    .strictObject({
      again_after_ms: z
        .int()
        .min(1000)
        .max(86_400_000)
        .optional()
        .describe('Nobody passes to the same side again within this time; off if absent.'),
      zones: z
        .enum(['off', 'soft', 'hard'])
        .default('off')
        .describe('Whoever is inside cannot come in again: soft reports it, hard refuses.'),
      reset_at: time('00:00')
        .optional()
        .describe('Time of day at which everybody may be anywhere again; only by an operator if absent.'),
    })
    .prefault({})
    .describe('Against handing a badge back over the barrier.'),
  quotas: z
    .array(
      z.strictObject({
        id: idSchema.describe('Name of the quota.'),
        groups,
        lanes,
        per_day: z.int().min(1).max(1000).describe('Passages of one person in a day of the site.'),
      }),
    )
    .default([])
    .describe('How often somebody may pass in a day; none by default.'),
  watch_list: z
    .strictObject({
      people: people('Ids of people.'),
      groups: z.array(idSchema).default([]).describe('Names of groups.'),
    })
    .prefault({})
    .describe('Whose recognition is told to security; nothing of it shows at the gate.'),
  person_lock_ms: z
    .int()
    .min(500)
    .max(30_000)
    .default(DEFAULT_PERSON_LOCK_MS)
    .describe('How long a lane that lets somebody in keeps them from the other lanes.'),
});

export type AccessConfig = z.infer<typeof accessRules>;

/** Time zone in which dates are interpreted. @returns an IANA name: that of the access rules, or without rules that of this machine. */
export const siteZone = (config: { readonly access?: { readonly time_zone: string } | undefined }): string =>
  config.access?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
