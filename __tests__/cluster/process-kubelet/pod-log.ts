import { StringDecoder } from 'node:string_decoder';

interface Line {
  readonly atMs: number;
  readonly text: string;
}

/** What a pod wrote, line by line, with the time at which it was read; followers are told until it ended. */
export class PodLog {
  private readonly lines: Line[] = [];
  private readonly followers = new Set<{ line(text: string): void; end(): void }>();
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';
  private isEnded = false;

  write(chunk: Buffer): void {
    const parts = (this.rest + this.decoder.write(chunk)).split('\n');
    this.rest = parts.pop() ?? '';
    for (const text of parts) this.add(text);
  }

  end(): void {
    if (this.isEnded) return;
    if (this.rest !== '') this.add(this.rest);
    this.isEnded = true;
    for (const follower of this.followers) follower.end();
    this.followers.clear();
  }

  /** What was written so far: the last lines, or those of the last seconds. */
  read(options: { readonly tailLines?: number; readonly sinceSeconds?: number }): string[] {
    const since = options.sinceSeconds === undefined ? 0 : Date.now() - options.sinceSeconds * 1_000;
    const recent = this.lines.filter((line) => line.atMs >= since).map((line) => line.text);
    return options.tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - options.tailLines));
  }

  /** Tells of every line from now on; at once of the end where it ended. Returns how to stop. */
  follow(onLine: (text: string) => void, onEnd: () => void): () => void {
    if (this.isEnded) {
      onEnd();
      return () => undefined;
    }
    const follower = { line: onLine, end: onEnd };
    this.followers.add(follower);
    return () => { this.followers.delete(follower); };
  }

  private add(text: string): void {
    this.lines.push({ atMs: Date.now(), text });
    for (const follower of this.followers) follower.line(text);
  }
}
