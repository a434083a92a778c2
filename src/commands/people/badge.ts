/** `twinstile badge`: which badge belongs to whom? */
import { Command } from 'commander';
import { withGallery } from '../../app/gallery/open-gallery.js';
import { TwinstileError } from '../../base/errors.js';
import { type BadgeId, badgeId, ID_PATTERN, personId } from '../../base/ids.js';
import { loadConfig } from '../../config/load.js';
import type { GalleryStore } from '../../ports/gallery-store.js';
import { type ConfigOption, configOption, type OfficeWorld, realOffice } from '../fleet/office-world.js';

interface Options extends ConfigOption {
  readonly json?: boolean;
  readonly move?: boolean;
}

export function badgeCommand(world: Partial<OfficeWorld> = {}): Command {
  const here = { ...realOffice(), ...world };
  const badge = new Command('badge').description('Give badges to people and take them back.');
  badge
    .command('add')
    .description('Give a badge to somebody who is enrolled.')
    .argument('<person>', 'id of the person')
    .argument('<badge>', 'what the reader says of the badge')
    .addOption(configOption())
    .option('--move', 'take it from whoever has it now')
    .action((person: string, id: string, options: Options) =>
      inGallery(here, options, (gallery) => add(here, gallery, person, readBadge(id), options)),
    );
  badge
    .command('remove')
    .description('Take a badge back.')
    .argument('<badge>', 'what the reader says of the badge')
    .addOption(configOption())
    .action((id: string, options: Options) =>
      inGallery(here, options, (gallery) => remove(here, gallery, badgeId(id))),
    );
  badge
    .command('list')
    .description('Every badge and its holder.')
    .addOption(configOption())
    .option('--json', 'as JSON')
    .action((options: Options) => inGallery(here, options, (gallery) => list(here, gallery, options)));
  return badge;
}

async function inGallery(
  { env }: OfficeWorld,
  { config }: ConfigOption,
  work: (gallery: GalleryStore) => Promise<void>,
): Promise<void> {
  await withGallery(await loadConfig(config), env.CREDENTIALS_DIRECTORY, ({ gallery }) => work(gallery));
}

async function add(
  { print }: OfficeWorld,
  gallery: GalleryStore,
  person: string,
  badge: BadgeId,
  { move }: Options,
): Promise<void> {
  const holder = await gallery.holderOf(badge);
  if (holder !== undefined && holder !== person && move !== true)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a free badge, got ${badge}, which ${holder} has.`,
      hint: 'Add --move to take it from there.',
    });
  await gallery.apply([{ kind: 'add-badge', badge, person: personId(person), from: holder ?? null }]);
  print(
    `Badge ${badge} belongs to ${person}${holder === undefined || holder === person ? '' : `, no longer to ${holder}`}.`,
  );
}

async function remove({ print }: OfficeWorld, gallery: GalleryStore, badge: BadgeId): Promise<void> {
  const holder = await gallery.holderOf(badge);
  if (holder === undefined)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a badge that somebody has, got '${badge}'.`,
      hint: 'See all of them with: twinstile badge list',
    });
  await gallery.apply([{ kind: 'remove-badge', badge }]);
  print(`Badge ${badge} no longer belongs to ${holder}.`);
}

async function list({ print }: OfficeWorld, gallery: GalleryStore, { json }: Options): Promise<void> {
  const all = (await gallery.list()).flatMap(({ person, badges }) =>
    badges.map((badge) => ({ badge, person: person.id, name: person.name })),
  );
  if (json === true) return print(JSON.stringify(all, null, 2));
  for (const { badge, person, name } of all) print(`${badge}  ${person}  ${name}`);
  if (all.length === 0) print('Nobody has a badge.');
}

/** @throws TwinstileError 'bad-arguments' for what no reader's message could carry. */
export function readBadge(text: string): BadgeId {
  if (ID_PATTERN.test(text)) return badgeId(text);
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a badge of 1 to 64 letters, digits, dots, dashes or underscores, got '${text}'.`,
    hint: 'Write it as the reader reports it.',
  });
}
