/** Where progress goes: standard error in the CLI, a list in tests. */
export interface ProgressSink {
  readonly isTTY: boolean;
  write(text: string): void;
}

/** A piece of work: `weight` in row-equivalents for the share done and the time left, `rows` for the rate. */
export interface ProgressStep {
  readonly label: string;
  readonly weight: number;
  readonly rows: number;
}

const PLAIN_LINE_EVERY_MS = 10_000;
const REWRITE_EVERY_MS = 200;

/** Earlier, the start-up of the first tools would be taken for the pace of the whole. */
const SHARE_WORTH_EXTRAPOLATING = 0.05;

/**
 * Progress of a job whose steps are known beforehand: share done, rate, time left. On a terminal one line
 * that rewrites itself, elsewhere a plain line now and then.
 */
export class Progress {
  private totalWeight = 0;
  private doneWeight = 0;
  private readonly startedAtMs: number;
  private phase = { name: '', startedAtMs: 0, rows: 0 };
  private lastShownAtMs = -Infinity;
  private lineIsOpen = false;

  constructor(
    private readonly sink: ProgressSink,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.startedAtMs = now();
  }

  /** Announces work to come; what was already there from an earlier call is not announced. */
  expect(weight: number): void {
    this.totalWeight += weight;
  }

  /** Starts a phase, over which the rate is measured. */
  startPhase(name: string): void {
    this.phase = { name, startedAtMs: this.now(), rows: 0 };
    this.show('', true);
  }

  /** Shows what is being worked on. */
  working(label: string): void {
    this.show(label, false);
  }

  done(step: ProgressStep): void {
    this.doneWeight += step.weight;
    this.phase.rows += step.rows;
    this.show(step.label, false);
  }

  /** A line that stays. */
  note(line: string): void {
    this.sink.write(`${this.lineIsOpen ? '\r\u001b[K' : ''}${line}\n`);
    this.lineIsOpen = false;
  }

  private show(label: string, always: boolean): void {
    const now = this.now();
    const everyMs = this.sink.isTTY ? REWRITE_EVERY_MS : PLAIN_LINE_EVERY_MS;
    if (!always && now - this.lastShownAtMs < everyMs) return;
    this.lastShownAtMs = now;
    const text = [`${this.phase.name}${label === '' ? '' : `: ${label}`}`, ...this.figures(now)].join(' · ');
    this.sink.write(this.sink.isTTY ? `\r${text}\u001b[K` : `${text}\n`);
    this.lineIsOpen = this.sink.isTTY;
  }

  private figures(now: number): string[] {
    const figures: string[] = [];
    const share = this.totalWeight === 0 ? 0 : Math.min(1, this.doneWeight / this.totalWeight);
    figures.push(`${Math.floor(share * 100)} %`);
    const phaseMs = now - this.phase.startedAtMs;
    if (this.phase.rows > 0 && phaseMs > 0) figures.push(`${rate(this.phase.rows / (phaseMs / 1000))} rows/s`);
    if (share >= SHARE_WORTH_EXTRAPOLATING && share < 1) figures.push(`${duration(((now - this.startedAtMs) * (1 - share)) / share)} left`);
    return figures;
  }
}

function rate(perSecond: number): string {
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(1)} M`;
  return perSecond >= 1e3 ? `${Math.round(perSecond / 1e3)} k` : `${Math.round(perSecond)}`;
}

/** `45 s`, `3 min 20 s`, `1 h 05 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} min`;
}
