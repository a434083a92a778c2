/** Parses a model card and checks that it is the card of the pack around it. */
import { z } from 'zod';
import { TwinstileError } from '../../base/errors.js';
import { filesOf, type ModelCard, modelCard } from '../model-card.js';

/**
 * @param name the pack's name, which its folder and its card must share.
 * @param where path for the message.
 * @throws TwinstileError 'pack-refused' with every problem of the card.
 */
export function parseCard(text: string, name: string, where: string): ModelCard {
  const parsed = modelCard.safeParse(jsonOf(text, where));
  if (!parsed.success)
    throw refused(`Expected a model card in ${where}, got: ${z.prettifyError(parsed.error)}`);
  const card = parsed.data;
  if (card.name !== name)
    throw refused(`Expected the card of '${name}' in ${where}, got that of '${card.name}'.`);
  const names = filesOf(card).map(({ file }) => file);
  if (new Set(names).size !== names.length || names.includes('card.json'))
    throw refused(`Expected each file once in ${where}, got ${names.join(', ')}.`);
  return card;
}

function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refused(`Expected JSON in ${where}, got text that is none.`, cause);
  }
}

const refused = (message: string, cause?: unknown): TwinstileError =>
  new TwinstileError({ code: 'pack-refused', message, hint: 'Correct the card.', cause });
