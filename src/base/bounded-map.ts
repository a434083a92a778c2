/** Maps and sets that evict their oldest entry: keys that others choose must not fill the memory. */

/** As Map, with at most `maxSize` entries. Setting a key again keeps its age; delete it first to make it the newest. */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #maxSize: number;

  /** @param maxSize 1 or more. */
  constructor(maxSize: number) {
    super();
    this.#maxSize = maxSize;
  }

  override set(key: Key, value: Value): this {
    super.set(key, value);
    const oldest = this.keys().next();
    if (this.size > this.#maxSize && !oldest.done) this.delete(oldest.value);
    return this;
  }
}

/** As Set, with at most `maxSize` members. Adding a member again keeps its age; delete it first to make it the newest. */
export class BoundedSet<Member> extends Set<Member> {
  readonly #maxSize: number;

  /** @param maxSize 1 or more. */
  constructor(maxSize: number) {
    super();
    this.#maxSize = maxSize;
  }

  override add(member: Member): this {
    super.add(member);
    const oldest = this.values().next();
    if (this.size > this.#maxSize && !oldest.done) this.delete(oldest.value);
    return this;
  }
}
