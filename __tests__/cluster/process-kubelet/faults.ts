/** What can happen to a pod that its own program has no part in. */
export type PodFault =
  /** SIGKILL, SIGTERM: the process ends by it. SIGSTOP: it hangs, SIGCONT: it goes on. */
  | { readonly kind: 'signal'; readonly signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT' }
  /** Killed, and reported as the kernel's out-of-memory kill of its container. */
  | { readonly kind: 'out-of-memory' }
  /** As the kubelet ends a pod when its node runs short: `Evicted`, with the condition DisruptionTarget. */
  | { readonly kind: 'evicted'; readonly message: string };

/** A fault that waits for a pod: it comes about once the pod's process was started. */
export interface ArmedFault {
  /** The pod has all of these labels; `batch.kubernetes.io/job-completion-index` among them, if wanted. */
  readonly labels: Readonly<Record<string, string>>;
  /** From the start of the process. */
  readonly afterMs: number;
  /** How many pods it comes to. */
  readonly times: number;
  readonly fault: PodFault | EnvironmentFault;
}

/** The pod is started with these values beside its own: wrong credentials, another endpoint. */
export interface EnvironmentFault {
  readonly kind: 'environment';
  readonly values: Readonly<Record<string, string>>;
}

/** The faults that still wait; each is handed out as often as it says. */
export class Faults {
  private waiting: { readonly armed: ArmedFault; left: number }[] = [];

  arm(fault: ArmedFault): void {
    this.waiting.push({ armed: fault, left: fault.times });
  }

  disarm(): void {
    this.waiting = [];
  }

  /** Those for a pod with these labels; each handed out counts. */
  take(labels: Readonly<Record<string, string>>): ArmedFault[] {
    const matching = this.waiting.filter(({ armed, left }) => left > 0 && Object.entries(armed.labels).every(([name, value]) => labels[name] === value));
    for (const one of matching) one.left -= 1;
    return matching.map(({ armed }) => armed);
  }
}
