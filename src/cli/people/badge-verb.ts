/** `twinstile badge`: gives badges to people, takes them back and lists them. */
import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { type BadgeId, badgeId, personId } from '../../base/ids.js';
import { escapeForbidden, jsonText, readBadgeText } from '../../base/names.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import type { GalleryChange } from '../../records/people/person.js';
import { loadConfig } from '../../service/config/load-config.js';
import { type Office, withGallery } from '../../service/setup/open-gallery.js';
import { type Consequences, isConfirmed, withConfirmation } from '../confirm.js';
import {
  type ConfigOption,
  configOption,
  type OfficeDependencies,
  officeDependencies,
} from '../office-dependencies.js';
import { briefOf } from '../person-lines.js';
import { nearBadgeLines } from './near-badges.js';

interface Options extends ConfigOption, Consequences {
  readonly json?: boolean;
  readonly move?: boolean;
}

export function badgeCommand(replaced: Partial<OfficeDependencies> = {}): Command {
  const dependencies = { ...officeDependencies(), ...replaced };
  const badge = new Command('badge').description('Give badges to people and take them back.');
  badge
    .command('add')
    .description('Give a badge to somebody who is enrolled.')
    .argument('<person>', 'id of the person')
    .argument('<badge>', 'what the reader says of the badge')
    .addOption(configOption())
    .option('--move', 'take it from whoever has it now')
    .action((person: string, id: string, options: Options) =>
      inOffice(dependencies, options, ({ gallery }) =>
        add(dependencies, gallery, { person, badge: readBadge(id) }, options),
      ),
    );
  const taking = (name: string, description: string, take: Take): Command =>
    withConfirmation(
      badge
        .command(name)
        .description(description)
        .argument('<badge>', 'what the reader says of the badge')
        .addOption(configOption()),
    ).action((id: string, options: Options) =>
      inOffice(dependencies, options, (office) => take(dependencies, office, readBadge(id), options)),
    );
  taking('remove', 'Take a badge back.', remove);
  taking('release', 'Free a card that was somebody’s, so that it may be a visitor’s pass again.', release);
  badge
    .command('list')
    .description('Every badge and its holder.')
    .addOption(configOption())
    .option('--json', 'as JSON')
    .action((options: Options) =>
      inOffice(dependencies, options, ({ gallery }) => list(dependencies, gallery, options)),
    );
  return badge;
}

/** Takes a badge from its holder, or out of the memory of the box. */
type Take = (
  dependencies: OfficeDependencies,
  office: Office,
  badge: BadgeId,
  options: Consequences,
) => Promise<void>;

async function inOffice(
  { env }: OfficeDependencies,
  { config }: ConfigOption,
  work: (office: Office) => Promise<void>,
): Promise<void> {
  await withGallery(await loadConfig(config), env.CREDENTIALS_DIRECTORY, work);
}

async function add(
  { print }: OfficeDependencies,
  gallery: GalleryStore,
  { person, badge }: { readonly person: string; readonly badge: BadgeId },
  { move }: Options,
): Promise<void> {
  const standing = await gallery.standingOf(badge);
  if (standing.kind === 'revoked') throw revoked(badge);
  const holders =
    standing.kind === 'held' ? [standing.person] : standing.kind === 'ambiguous' ? standing.people : [];
  const others = holders.filter((holder) => holder !== person);
  if (others.length > 0 && move !== true)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a free badge, got ${standing.badge}, which ${others.join(' and ')} ${others.length === 1 ? 'has' : 'have'}.`,
      hint: 'Add --move to take it from there.',
    });
  const from = standing.kind === 'held' ? standing.person : null;
  await gallery.apply([{ kind: 'add-badge', badge, person: personId(person), from }]);
  print(
    `Badge ${badge} belongs to ${person}${others.length === 0 ? '' : `, no longer to ${others.join(' and ')}`}.`,
  );
  for (const line of await nearBadgeLines(gallery, [{ badge, person }])) print(line);
}

async function release(
  dependencies: OfficeDependencies,
  { gallery, expectAllowed }: Office,
  badge: BadgeId,
  options: Consequences,
): Promise<void> {
  const standing = await gallery.standingOf(badge);
  if (standing.kind === 'foreign')
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a badge that was somebody’s, got ${badge}, which is not known here.`,
      hint: 'Nothing has to be done: it may be a visitor’s already.',
    });
  if (standing.kind === 'held' || standing.kind === 'ambiguous')
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a badge that nobody has, got ${standing.badge}, which is in use.`,
      hint: `Take it back first: twinstile badge remove ${badge}`,
    });
  if (standing.kind === 'revoked' && standing.person !== undefined) throw revoked(badge);
  const changes: readonly GalleryChange[] = [{ kind: 'release-badge', badge }];
  await expectAllowed(changes);
  dependencies.print(
    `To be released: badge ${badge}, which ${standing.kind === 'revoked' ? 'is revoked and ' : ''}was somebody’s. It is refused now; afterwards it may be a visitor’s pass.`,
  );
  if (!(await isConfirmed(dependencies, `Release ${badge}?`, options))) return;
  await gallery.apply(changes);
  dependencies.print(`Badge ${badge} is free: it may be a visitor’s pass, or given to somebody.`);
}

const revoked = (badge: BadgeId): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a badge that is not revoked, got ${badge}.`,
    hint: `At the registrar: twinstile gallery revoke --undo --badge ${badge}. A card that came back: twinstile badge remove ${badge}, then badge release.`,
  });

async function remove(
  dependencies: OfficeDependencies,
  { gallery, expectAllowed }: Office,
  badge: BadgeId,
  options: Consequences,
): Promise<void> {
  const standing = await gallery.standingOf(badge);
  const holders =
    standing.kind === 'ambiguous'
      ? standing.people
      : 'person' in standing && standing.person !== undefined
        ? [standing.person]
        : [];
  if (holders.length === 0)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a badge that somebody has, got '${badge}'.`,
      hint: 'See all of them with: twinstile badge list',
    });
  const changes: readonly GalleryChange[] = [{ kind: 'remove-badge', badge }];
  await expectAllowed(changes);
  dependencies.print(`To be taken back: badge ${standing.badge}, of`);
  for (const holder of holders) {
    const held = await gallery.find(holder);
    dependencies.print(`  ${held === undefined ? holder : briefOf(held)}`);
  }
  const wayBack = `Back only with: twinstile badge add PERSON ${standing.badge}.`;
  if (!(await isConfirmed(dependencies, 'Take it back?', options, wayBack))) return;
  await gallery.apply(changes);
  dependencies.print(`Badge ${standing.badge} no longer belongs to ${holders.join(' and ')}.`);
}

async function list({ print }: OfficeDependencies, gallery: GalleryStore, { json }: Options): Promise<void> {
  const all = (await gallery.list()).flatMap(({ person, badges }) =>
    badges.map((badge) => ({ badge, person: person.id, name: person.name })),
  );
  if (json === true) return print(jsonText(all, 2));
  for (const { badge, person, name } of all) print(`${badge}  ${person}  ${escapeForbidden(name)}`);
  if (all.length === 0) print('Nobody has a badge.');
}

/** @throws TwinstileError 'bad-arguments' for what no reader's message could carry. */
export function readBadge(text: string): BadgeId {
  const badge = readBadgeText(text);
  if (badge !== undefined) return badgeId(badge);
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a badge of 1 to 64 letters, digits, dots, dashes or underscores, got '${text}'.`,
    hint: 'Write it as the reader reports it.',
  });
}
