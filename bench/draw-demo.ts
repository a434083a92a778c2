/**
 * Draws the picture of the README from what the demonstration prints: its beginning and its end.
 *
 *   node dist/main.js demo --for 45 | node --import tsx bench/draw-demo.ts >docs/demo.svg
 */
import { text } from 'node:stream/consumers';
import { terminalPicture } from './terminal-picture.js';

const DECISIONS = 12;
const COLUMNS = 132;

const printed = (await text(process.stdin)).trimEnd().split('\n');
const heading = printed.findIndex((line) => line.startsWith('time '));
const end = printed.lastIndexOf('');
if (heading < 0 || end <= heading)
  throw new Error('Expected the whole output of `twinstile demo --for SECONDS`.');
const decisions = printed.slice(heading + 1, end);
const more = decisions.length - DECISIONS;
process.stdout.write(
  terminalPicture(
    [
      '$ twinstile demo --for 45',
      ...printed.slice(0, heading + 1 + DECISIONS).slice(0, end),
      ...(more > 0 ? [`… ${more} more`] : []),
      ...printed.slice(end),
    ],
    COLUMNS,
    'A terminal: twinstile demo prints a line for each decision',
  ),
);
