/** A line for the person at the terminal, or for a pod's log; standard output is for results. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
