/** Finds rates that YAML cut in two: inside { } the comma of `1 in 1,000` ends the value, and 000 becomes a key of its own. */
import { type Document, isPair, isScalar, isSeq, type Pair, visit } from 'yaml';
import { formatPath, type Problem } from './sections/raw-config.js';

const FIRST_GROUP = /^(?:1\s+in\s+)?\d{1,3}$/i;
const NEXT_GROUP = /^\d{3}$/;

/**
 * Puts each such value together again in the document, so that what follows from the cut is not reported too.
 * @returns a problem for each, with the order to quote it.
 */
export function mendCutNumbers(document: Document): readonly Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Map(_key, map, above) {
      if (map.flow !== true) return;
      for (const [index, pair] of map.items.entries()) {
        const first = plainText(pair.value);
        const next = first !== undefined && FIRST_GROUP.test(first) ? groupsAfter(map.items, index) : [];
        if (first === undefined || !isScalar(pair.value) || next.length === 0) continue;
        const whole = [first, ...next].join(',');
        pair.value.value = whole;
        map.items.splice(index + 1, next.length);
        problems.push({
          path: formatPath(pathOf([...above, map, pair])),
          text: `Expected a value in quotes, got ${whole}: inside { } a comma ends the value. Put it in quotes: "${whole}".`,
        });
      }
    },
  });
  return problems;
}

function groupsAfter(items: readonly Pair[], index: number): readonly string[] {
  const groups: string[] = [];
  for (const { key, value } of items.slice(index + 1)) {
    const text = plainText(key);
    const isEmpty = value === null || (isScalar(value) && value.value === null);
    if (text === undefined || !NEXT_GROUP.test(text) || !isEmpty) break;
    groups.push(text);
  }
  return groups;
}

/** @param nodes from the document down to the pair. */
const pathOf = (nodes: readonly unknown[]): readonly PropertyKey[] =>
  nodes.flatMap((node, index): readonly PropertyKey[] => {
    if (isPair(node)) return [plainText(node.key) ?? '?'];
    return isSeq(node) ? [node.items.indexOf(nodes[index + 1])] : [];
  });

/** As it is written, without quotes. */
const plainText = (node: unknown): string | undefined =>
  isScalar(node) && node.type === 'PLAIN' ? (node.source ?? String(node.value)) : undefined;
