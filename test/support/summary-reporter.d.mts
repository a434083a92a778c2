export function tooManySkips(skipped: readonly string[]): readonly string[];
