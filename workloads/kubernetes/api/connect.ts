import { Agent as PlainAgent, type Agent } from 'node:http';
import { Agent as TlsAgent, type RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import { DEFAULT_API_RETRY, type ApiRetry } from './caller.js';
import type { ClusterAccess, EngineApi } from './cluster-api.js';
import type { Authorization, ClusterConnection } from './connection.js';
import { HttpClusterApi } from './http-cluster-api.js';

/** The context that client-node makes up where it finds no file: of a server on this machine. */
const NO_KUBECONFIG = 'loaded-context';
const HOW_TO_GET_ONE = 'Give --kubeconfig a file; for EKS, "aws eks update-kubeconfig --name CLUSTER" writes one.';

/**
 * The API of a cluster, as a pod's own service account or as a kubeconfig says. No call is made yet.
 * Throws `configuration` for a kubeconfig that cannot be read or has no such context.
 */
export async function connectCluster(access: ClusterAccess, retry: ApiRetry = DEFAULT_API_RETRY): Promise<EngineApi> {
  const { KubeConfig: Config } = await import('./sdk.js');
  const load = (): KubeConfig => loadConfig(new Config(), access);
  return new HttpClusterApi(new ConfiguredConnection(load), access.namespace, retry);
}

function loadConfig(config: KubeConfig, access: ClusterAccess): KubeConfig {
  const from = access.kind === 'in-cluster' ? 'the service account of this pod' : `the kubeconfig ${access.file ?? 'of this user'}`;
  try {
    if (access.kind === 'in-cluster') config.loadFromCluster();
    else if (access.file === undefined) config.loadFromDefault();
    else config.loadFromFile(access.file);
  } catch (cause) {
    throw new FlowbenchError('configuration', `There is no way to the cluster by ${from}: ${messageOf(cause)}.`, {
      remedy: HOW_TO_GET_ONE,
      cause,
    });
  }
  if (config.getCurrentContext() === NO_KUBECONFIG) {
    throw new FlowbenchError('configuration', 'There is no kubeconfig of this user.', { remedy: HOW_TO_GET_ONE });
  }
  if (access.kind === 'kubeconfig' && access.context !== undefined) config.setCurrentContext(access.context);
  if (config.getCurrentCluster() === null) {
    const names = config.getContexts().map(({ name }) => name).join(', ');
    throw new FlowbenchError('configuration', `There is no context "${config.getCurrentContext()}" with a cluster in ${from}.`, {
      remedy: names === '' ? HOW_TO_GET_ONE : `Name one of its contexts with --context: ${names}.`,
    });
  }
  return config;
}

/** Who we are, as client-node reads it: certificates, tokens on disk that change, programs that print one. */
class ConfiguredConnection implements ClusterConnection {
  readonly server: string;
  private config: KubeConfig;

  constructor(private readonly load: () => KubeConfig) {
    this.config = load();
    this.server = this.config.getCurrentCluster()?.server ?? '';
  }

  async authorize(): Promise<Authorization> {
    const options: RequestOptions = {};
    await this.config.applyToHTTPSOptions(options);
    const { headers = {}, auth, ca, cert, key, rejectUnauthorized, servername, agent } = options;
    const basic = typeof auth === 'string' ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
    return {
      headers: { ...basic, ...(headers as Record<string, string>) },
      tls: {
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
        ...(servername === undefined ? {} : { servername }),
      },
      ...(isProxy(agent) ? { agent } : {}),
    };
  }

  renew(): Promise<void> {
    this.config = this.load();
    return Promise.resolve();
  }
}

/** Anything but Node's own agents, which keep no connection here: ours take their place. */
function isProxy(agent: Agent | boolean | undefined): agent is Agent {
  return typeof agent === 'object' && agent.constructor !== TlsAgent && agent.constructor !== PlainAgent;
}
