/** Refuses operator commands without proof of their sender, and duplicate names. Reads the raw document. */
import { formatValue, isGroup, type Problem } from '../sections/config-problem.js';

/** @param commands the raw group. */
export function commandConflicts(commands: unknown): readonly Problem[] {
  if (!isGroup(commands)) return [];
  const listOf = (key: string): readonly unknown[] => {
    const list = commands[key];
    return Array.isArray(list) ? list : [];
  };
  const ids = [...listOf('operators'), ...listOf('broker_users')].flatMap((one) =>
    isGroup(one) && one.id !== undefined ? [one.id] : [],
  );
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  return [
    ...(listOf('broker_users').length > 0 && commands.trust_broker !== true
      ? [
          {
            path: 'commands.trust_broker',
            text: 'Expected true beside broker_users, got nothing of the kind. Read "Commands" in docs/PROTOCOL.md, set the access list, then add it.',
          },
        ]
      : []),
    ...(twice === undefined
      ? []
      : [
          {
            path: 'commands',
            text: `Expected a name for each who may order, got ${formatValue(twice)} twice. Rename one.`,
          },
        ]),
  ];
}
