/** Exit codes of `flowbench` (those of `flow-worker` are in model/worker-metrics.ts). */
export const EXIT = {
  /** Every cell ok, nothing wrong with the dataset, the machine can run the main job. */
  ok: 0,
  /** The command did its work and found something not ok. */
  notOk: 1,
  /** The command could not start: configuration, dataset or tool. */
  configuration: 2,
  /** A defect of flowbench. */
  defect: 70,
  /**
   * A coordinator in its pod ended because the cluster or the store did not answer, or because another pod took
   * the run: its Job starts another pod, which goes on. The codes that end the Job are in the model
   * (FINAL_RUN_EXIT_CODES).
   */
  tryAgain: 75,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;
