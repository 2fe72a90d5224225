import { type Pod } from '../harness/kube-types.js';

const LABEL_OR_ANNOTATION = /^metadata\.(labels|annotations)\['([^']+)'\]$/;

/** The value of a field that a pod is told about itself. Throws for a field that is not known here. */
export function fieldOf(pod: Pod, path: string): string {
  const keyed = LABEL_OR_ANNOTATION.exec(path);
  if (keyed !== null) return pod.metadata?.[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name': return pod.metadata?.name ?? '';
    case 'metadata.namespace': return pod.metadata?.namespace ?? '';
    case 'metadata.uid': return pod.metadata?.uid ?? '';
    case 'spec.nodeName': return pod.spec?.nodeName ?? '';
    case 'spec.serviceAccountName': return pod.spec?.serviceAccountName ?? '';
    case 'status.podIP':
    case 'status.hostIP': return '127.0.0.1';
    default: throw new Error(`this kubelet does not know the field ${path}`);
  }
}
