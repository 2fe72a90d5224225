/** What runs a driver program: a process of this machine, a job of Ray, a pod. */
export interface DriverHost {
  /** Resolves when the driver has ended, whatever ended it, with how: `exit code 1`. Never rejects. */
  readonly ended: Promise<string>;
  /** The end of what it printed, for a message; empty where there is nothing. */
  lastLines(): Promise<string>;
  /** Stops everything it runs where it stands, and lets it go on. Absent: it is still when not asked. */
  readonly suspend?: () => Promise<void> | void;
  readonly resume?: () => void;
  /** Ends it and everything it started at once; resolves when that is gone. Safe to call again. */
  kill(): Promise<void>;
}
