// A ring of links in an order that changes, as that of who was heard last: to go to its end or to
// leave it takes no search and makes no object. A link alone is a ring, and so is its head.

export class Link {
  // Private, so that who shows an association does not show all others.
  #before: Link = this;
  #after: Link = this;

  get after(): Link {
    return this.#after;
  }

  /** Leaves the ring it is in, and stands before the other. */
  moveBefore(other: Link): void {
    this.leave();
    this.#before = other.#before;
    this.#after = other;
    this.#before.#after = this;
    other.#before = this;
  }

  leave(): void {
    this.#before.#after = this.#after;
    this.#after.#before = this.#before;
    this.#before = this;
    this.#after = this;
  }
}
