import { configurationError } from '../../model/errors.js';
import { JOB_ENV } from '../../model/job-manifest-names.js';

/** What the infrastructure tells every coordinator of a phase: in its pod by the environment, elsewhere by the CronJob. */
export interface PhaseFacts {
  readonly phase: string;
  readonly cluster: string;
  readonly region: string;
  readonly datasetBucket: string;
  readonly resultsBucket: string;
  /** Engines that the coordinator has the rights for. */
  readonly engines: readonly string[];
  /** Type and number of the nodes that are measured. */
  readonly nodeType: string;
  readonly workers: number;
  /** Prefixes of the configured datasets, the default one first; may be empty. */
  readonly datasets: readonly string[];
}

/**
 * @param env variables by their names
 * @throws `configuration` that names every variable which is missing or makes no sense
 */
export function phaseFacts(env: Readonly<Record<string, string | undefined>>): PhaseFacts {
  const problems: string[] = [];
  const text = (name: string): string => {
    const value = env[name] ?? '';
    if (value === '') problems.push(`${name} is not set.`);
    return value;
  };
  const workersText = text(JOB_ENV.workers);
  const workers = /^\d+$/.test(workersText) ? Number(workersText) : 0;
  if (workersText !== '' && workers < 1) problems.push(`${JOB_ENV.workers} is "${workersText}", which is no number of nodes.`);
  const facts: PhaseFacts = {
    phase: text(JOB_ENV.phase),
    cluster: text(JOB_ENV.cluster),
    region: text(JOB_ENV.region),
    datasetBucket: text(JOB_ENV.datasetBucket),
    resultsBucket: text(JOB_ENV.resultsBucket),
    engines: listed(text(JOB_ENV.engines)),
    nodeType: text(JOB_ENV.nodeType),
    workers,
    datasets: listed(env[JOB_ENV.datasets] ?? ''),
  };
  if (problems.length > 0) throw configurationError(problems, 'Deploy the phase again with the version of flowbench that runs it.');
  return facts;
}

function listed(text: string): string[] {
  return text.split(',').map((item) => item.trim()).filter((item) => item !== '');
}
