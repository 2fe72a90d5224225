import { Fn, Op } from 'cdktf';
import { KUBERNETES_VERSIONS } from '../../images/versions.js';
import { type DeployChecks } from '../checks/deploy-checks.js';

/** What is wrong with a version whatever the day: nobody offers it. */
export function versionProblems(version: string): string[] {
  if (KUBERNETES_VERSIONS[version] !== undefined) return [];
  return [`kubernetesVersion "${version}" is none that EKS is known to offer; choose one of ${Object.keys(KUBERNETES_VERSIONS).join(', ')}.`];
}

/**
 * What the day alone makes wrong. Terraform asks its own clock when it plans a deploy; synthesis never does, so
 * that a cluster whose version ran out can always be destroyed.
 */
export function checkVersionDates(checks: DeployChecks, version: string): void {
  const support = KUBERNETES_VERSIONS[version];
  if (support === undefined) return;
  const notPast = (day: string): ReturnType<typeof Op.neq> => Op.neq(Fn.timecmp(Fn.plantimestamp(), `${day}T23:59:59Z`), 1);
  checks.warn('VersionInStandardSupport', notPast(support.standardUntil),
    `Standard support of Kubernetes ${version} on EKS ended on ${support.standardUntil}. The cluster asks for standard support alone, so EKS may refuse it or upgrade it by itself. Set a newer kubernetesVersion.`);
  checks.require('VersionCanBeCreated', notPast(support.extendedUntil),
    `Kubernetes ${version} left all support on EKS on ${support.extendedUntil}; a cluster of it cannot be created. Set a newer kubernetesVersion.`);
}
