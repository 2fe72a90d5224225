/** Told what happens while it happens. */
export interface Progress {
  begin(cells: number, repetitions: number): void;
  /** A cell starts; `repetitions` of it are still to be measured. */
  cell(name: string, repetitions: number): void;
  repetition(number: number, of: number): void;
  /** A cell is finished, with or without all its repetitions. */
  cellDone(): void;
  end(): void;
}

export interface TextOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const ERASE_LINE = '\r\u001b[2K';

/** One line that is written over on a terminal, a line per cell elsewhere. */
export class TextProgress implements Progress {
  private cells = 0;
  private cellsDone = 0;
  private name = '';
  private repetitionsLeft = 0;
  private repetitionsDone = 0;
  private repetitionsOfCell = 0;
  private doneInCell = 0;
  private startedMs = 0;

  constructor(
    private readonly output: TextOutput,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  begin(cells: number, repetitions: number): void {
    this.cells = cells;
    this.repetitionsLeft = repetitions;
    this.startedMs = this.nowMs();
  }

  cell(name: string, repetitions: number): void {
    this.name = name;
    this.repetitionsOfCell = repetitions;
    this.doneInCell = 0;
    if (this.output.isTTY !== true) this.output.write(`${this.line()}\n`);
  }

  repetition(number: number, of: number): void {
    if (this.output.isTTY === true) this.output.write(`${ERASE_LINE}${this.line()}, run ${number} of ${of}`);
    this.doneInCell += 1;
    this.repetitionsDone += 1;
  }

  cellDone(): void {
    this.cellsDone += 1;
    this.repetitionsLeft -= this.repetitionsOfCell;
    this.doneInCell = 0;
  }

  end(): void {
    if (this.output.isTTY === true) this.output.write(ERASE_LINE);
  }

  private line(): string {
    return `[${this.cellsDone + 1}/${this.cells}] ${this.name}${this.timeLeft()}`;
  }

  private timeLeft(): string {
    if (this.repetitionsDone === 0) return '';
    const perRepetitionMs = (this.nowMs() - this.startedMs) / this.repetitionsDone;
    return `, about ${durationText(perRepetitionMs * (this.repetitionsLeft - this.doneInCell))} left`;
  }
}

/** `45 s`, `2 min 10 s`, `1 h 5 min`. */
export function durationText(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
