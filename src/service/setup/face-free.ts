/**
 * Checks that people without a usable face can pass: without consent, with consent withdrawn, or with a face that no camera
 * reads.
 */

import { askedBy } from '../../access/policy/credentials.js';
import type { Config } from '../config/config-schema.js';
import { policiesAt } from './exposures.js';

export interface NoWay {
  readonly direction: 'in' | 'out';
  readonly lanes: readonly string[];
  readonly sentence: string;
  readonly todo: string;
}

/** Pure. A direction is open to them when one of its lanes accepts a badge alone at all times. */
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
