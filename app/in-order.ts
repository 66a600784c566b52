// What is told of jobs that end in any order, in the order they were given: as soon as all before
// it is out.

export class InOrder<Job> {
  readonly #waiting: Job[];
  readonly #texts = new Map<Job, string>();
  readonly #print: (text: string) => void;

  constructor(jobs: readonly Job[], print: (text: string) => void) {
    this.#waiting = [...jobs];
    this.#print = print;
  }

  put(job: Job, text: string): void {
    this.#texts.set(job, text);
    while (this.#waiting[0] !== undefined && this.#texts.has(this.#waiting[0])) this.#tellNext();
  }

  /** Some of them will never be there. */
  end(): void {
    while (this.#waiting.length > 0) this.#tellNext();
  }

  #tellNext(): void {
    const job = this.#waiting.shift() as Job;
    const text = this.#texts.get(job);
    this.#texts.delete(job);
    if (text !== undefined) this.#print(text);
  }
}
