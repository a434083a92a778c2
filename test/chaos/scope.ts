/** Ends what was begun, in reverse; enough of a TestContext for the fixtures that take one. */
export interface Scope {
  after(end: () => unknown): void;
}

export function openScope(): Scope & { close(): Promise<void> } {
  const ends: (() => unknown)[] = [];
  return {
    after: (end) => void ends.push(end),
    async close() {
      // One that cannot be ended must not keep the others running.
      for (let end = ends.pop(); end !== undefined; end = ends.pop())
        await Promise.resolve()
          .then(end)
          .catch(() => {});
    },
  };
}
