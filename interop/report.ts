// Verdicts of the interop check: one line each as it falls, one line of sums at the end.

export class Report {
  private passed = 0;
  private failed = 0;
  private skipped = 0;

  /** Runs one check, which may have something to tell; true when it held. */
  async check(
    peer: string, sentence: string, holds: () => Promise<string | void>,
  ): Promise<boolean> {
    const begunAt = performance.now();
    try {
      const told = await holds();
      const took = `${Math.round(performance.now() - begunAt)} ms`;
      this.passed += 1;
      console.log(`ok    ${peer}: ${sentence} (${told ? `${told}; ` : ''}${took})`);
      return true;
    } catch (error) {
      this.fail(peer, sentence, error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  fail(peer: string, sentence: string, reason: string): void {
    this.failed += 1;
    console.log(`FAIL  ${peer}: ${sentence}: ${reason}`);
  }

  skip(peer: string, reason: string): void {
    this.skipped += 1;
    console.log(`SKIP  ${peer} *** NOT CHECKED on this machine: ${reason}`);
  }

  /** Whether all that there is to check was checked, and held. */
  get isWhole(): boolean {
    return this.failed === 0 && this.skipped === 0;
  }

  /** Prints the sums and gives the exit code. */
  end(): number {
    console.log(`${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`);
    return this.failed > 0 || this.passed === 0 ? 1 : 0;
  }
}
