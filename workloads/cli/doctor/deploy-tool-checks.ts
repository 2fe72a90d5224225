import { type Check, type Finding } from './finding.js';

const LEAST_TERRAFORM_MINOR = 5;
/** Both are slow to say their version: one is large, the other starts a Python. */
const PATIENCE_MS = 10_000;

export const terraform: Check = async (machine): Promise<Finding> => {
  const base = { subject: 'Terraform', neededFor: 'every deploy and destroy', required: true };
  const answer = await machine.ask('terraform', ['version'], PATIENCE_MS);
  const version = /v(\d+\.\d+\.\d+)/.exec(answer ?? '')?.[1];
  const remedy = `Install Terraform 1.${LEAST_TERRAFORM_MINOR} or newer.`;
  if (version === undefined) return { ...base, found: 'no terraform on the PATH', state: 'missing', remedy };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > 1 || (major === 1 && minor >= LEAST_TERRAFORM_MINOR);
  return { ...base, found: version, state: isNew ? 'ok' : 'missing', remedy: isNew ? null : remedy };
};

export const awsCommand: Check = async (machine): Promise<Finding> => {
  const base = { subject: 'aws command', neededFor: 'deploying and destroying phases: it gives tokens for the cluster', required: true };
  const answer = await machine.ask('aws', ['--version'], PATIENCE_MS);
  if (answer === null) return { ...base, found: 'not on the PATH', state: 'missing', remedy: 'Install the AWS CLI.' };
  return { ...base, found: /aws-cli\/(\S+)/.exec(answer)?.[1] ?? answer, state: 'ok', remedy: null };
};

export const docker: Check = async (machine): Promise<Finding> => {
  const answer = await machine.ask('docker', ['--version'], PATIENCE_MS);
  return {
    subject: 'Docker', found: /\d+\.\d+\.\d+/.exec(answer ?? '')?.[0] ?? 'not on the PATH', required: false, neededFor: 'flowbench images publish --builder docker',
    state: answer === null ? 'limited' : 'ok', remedy: answer === null ? 'Build with --builder codebuild, in the account.' : null,
  };
};
