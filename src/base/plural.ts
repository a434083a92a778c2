/** Writes a number with what it counts: "1 person", "2 people", "once". */

/** "1 photo", "2 photos". @param many where another form than with an s is right. */
export const plural = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

export const countPeople = (number: number): string => plural(number, 'person', 'people');

/** "once", "twice", "0 times", "3 times". */
export const howOften = (number: number): string =>
  number === 1 ? 'once' : number === 2 ? 'twice' : `${number} times`;
