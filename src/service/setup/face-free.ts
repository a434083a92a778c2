/** Can somebody pass who gives no face: who did not consent, took it back, or whose face no camera reads? */

import { askedBy } from '../../access/policy/credentials.js';
import type { Config } from '../config/config-schema.js';
import { policiesAt } from './exposures.js';

export interface NoWay {
  readonly direction: 'in' | 'out';
  readonly lanes: readonly string[];
  readonly sentence: string;
  readonly todo: string;
}

/** Pure. A direction counts as open to them when one of its lanes takes a badge alone at all times. */
export function withoutFaceFreeWay({ lanes, access }: Config): readonly NoWay[] {
  return (['in', 'out'] as const).flatMap((direction) => {
    const those = lanes.filter((lane) => lane.direction === direction).map(({ id }) => id);
    const isOpen = those.some((id) => {
      const policies = policiesAt(id, access);
      return policies.length > 0 && policies.every((policy) => askedBy(policy).badgeAlone);
    });
    if (those.length === 0 || isOpen) return [];
    return [
      {
        direction,
        lanes: those,
        sentence: `Nobody without a face can go ${direction}: no lane (${those.join(', ')}) takes a badge alone at all times.`,
        todo: 'Set credentials: badge-or-face or badge-only for one of them under access.lanes, or have another way beside it (docs/PRIVACY.md).',
      },
    ];
  });
}
