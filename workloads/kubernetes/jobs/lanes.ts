/** Lets so many pieces of work run at once, and the others wait in their order. */
export class Lanes {
  private readonly queue: (() => void)[] = [];
  private running = 0;

  constructor(private readonly limit: number) {}

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running >= this.limit) await new Promise<void>((resolve) => { this.queue.push(resolve); });
    else this.running += 1;
    try {
      return await work();
    } finally {
      const next = this.queue.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }
}
