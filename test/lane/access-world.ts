/** A lane under access rules, with an operator's word that a test can change. */
import type { TestContext } from 'node:test';
import { createAccessController } from '../../src/access/policy/access-controller.js';
import type { OperatorMode } from '../../src/access/policy/model.js';
import { isVisitor } from '../../src/access/policy/permission.js';
import { laneId, personId } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import type { Person } from '../../src/records/people/person.js';
import { accessModelOf } from '../../src/service/config/access-model.js';
import { accessRules } from '../../src/service/config/sections/access-section.js';
import { type LaneParts, laneWorld } from './lane-world.js';

interface Written {
  readonly rules?: readonly object[];
  readonly groups?: readonly object[];
  readonly lane?: object;
  readonly more?: object;
}

export function deskFor({ rules, groups = [], lane, more = {} }: Written = {}) {
  return createAccessController(
    accessModelOf(
      accessRules.parse({
        time_zone: 'Europe/Berlin',
        rules: rules ?? [{ effect: 'grant', groups: ['everyone'] }],
        groups,
        lanes: lane === undefined ? [] : [{ id: 'north', ...lane }],
        ...more,
      }),
      (person) => (isVisitor(person) ? ['visitors'] : []),
    ),
  );
}

/** @param people as enrolled, for badges; ada when absent. */
export async function accessWorld(
  t: TestContext,
  written: Written & {
    readonly parts?: Partial<LaneParts>;
    readonly people?: Readonly<Record<string, Partial<Person>>>;
    readonly controller?: ReturnType<typeof deskFor>;
    /** false: nobody listens at the gate. */
    readonly gate?: boolean;
  } = {},
) {
  const controller = written.controller ?? deskFor(written);
  const people = written.people ?? { ada: {} };
  let mode: OperatorMode = 'normal';
  const recorded: string[] = [];
  const world = await laneWorld(t, {
    gate: written.gate ?? true,
    parts: {
      access: {
        controller,
        mode: () => mode,
        onRecord: (person) => recorded.push(person),
        personOf: async (id) => {
          const found = people[id];
          const consent = { textVersion: '1', givenAt: wallTime(0) };
          return found === undefined ? undefined : { id: personId(id), name: id, consent, ...found };
        },
      },
      ...written.parts,
    },
  });
  return {
    ...world,
    desk: controller,
    recorded,
    lane: laneId('north'),
    order: (next: OperatorMode) => {
      mode = next;
    },
  };
}
