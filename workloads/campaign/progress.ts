/** Told what happens while it happens. */
export interface Progress {
  /** A part is a cell, or a turn of an engine, and has so many repetitions to be measured. */
  begin(parts: number, repetitions: number): void;
  part(name: string, repetitions: number): void;
  /** `what` tells this one from the others of its part. */
  repetition(what: string): void;
  /** A part is finished, with or without all its repetitions. */
  partDone(): void;
  end(): void;
}

export interface TextOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const ERASE_LINE = '\r\u001b[2K';

/** One line that is written over on a terminal, a line per part elsewhere. */
export class TextProgress implements Progress {
  private parts = 0;
  private partsDone = 0;
  private name = '';
  private repetitionsLeft = 0;
  private repetitionsDone = 0;
  private repetitionsOfPart = 0;
  private doneInPart = 0;
  private startedMs = 0;

  constructor(
    private readonly output: TextOutput,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  begin(parts: number, repetitions: number): void {
    this.parts = parts;
    this.repetitionsLeft = repetitions;
    this.startedMs = this.nowMs();
  }

  part(name: string, repetitions: number): void {
    this.name = name;
    this.repetitionsOfPart = repetitions;
    this.doneInPart = 0;
    if (this.output.isTTY !== true) this.output.write(`${this.line()}\n`);
  }

  repetition(what: string): void {
    if (this.output.isTTY === true) this.output.write(`${ERASE_LINE}${this.line()}, ${what}`);
    this.doneInPart += 1;
    this.repetitionsDone += 1;
  }

  partDone(): void {
    this.partsDone += 1;
    this.repetitionsLeft -= this.repetitionsOfPart;
    this.doneInPart = 0;
  }

  end(): void {
    if (this.output.isTTY === true) this.output.write(ERASE_LINE);
  }

  private line(): string {
    return `[${this.partsDone + 1}/${this.parts}] ${this.name}${this.timeLeft()}`;
  }

  private timeLeft(): string {
    if (this.repetitionsDone === 0) return '';
    const perRepetitionMs = (this.nowMs() - this.startedMs) / this.repetitionsDone;
    return `, about ${durationText(perRepetitionMs * (this.repetitionsLeft - this.doneInPart))} left`;
  }
}

/** `45 s`, `2 min 10 s`, `1 h 5 min`. */
export function durationText(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
