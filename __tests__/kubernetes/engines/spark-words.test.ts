import { wordsOf } from '../../../workloads/kubernetes/engines/spark-words.js';

/** As the operator of release 2.5.2 told it of a submission that its account had no right to, shortened. */
const REFUSED = `failed to submit spark application: failed to run spark-submit: failed to run spark-submit: 26/11/22 00:20:11 WARN NativeCodeLoader: Unable to load native-hadoop library
26/11/22 00:20:14 ERROR Client: Please check "kubectl auth can-i create pod" first. It should be yes.
Exception in thread "main" io.fabric8.kubernetes.client.KubernetesClientException: Failure executing: POST at: https://127.0.0.1:6443/api/v1/namespaces/spark/pods. Message: Forbidden! pods is forbidden: User "operator" cannot create resource "pods".
	at io.fabric8.kubernetes.client.KubernetesClientException.copyAsCause(KubernetesClientException.java:238)
Caused by: io.fabric8.kubernetes.client.KubernetesClientException: Failure executing: POST
	at java.base/java.lang.Thread.run(Thread.java:840)
26/11/22 00:20:14 INFO ShutdownHookManager: Shutdown hook called
`;

test('of all that spark-submit wrote, what ended it is told, in one line', () => {
  expect(wordsOf(REFUSED)).toBe('failed to submit spark application: failed to run spark-submit: failed to run spark-submit: '
    + 'KubernetesClientException: Failure executing: POST at: https://127.0.0.1:6443/api/v1/namespaces/spark/pods. Message: Forbidden! pods is forbidden: User "operator" cannot create resource "pods".');
});

test('of a client that could not reach the API server, its cause is told too', () => {
  expect(wordsOf(`failed to submit spark application: failed to run spark-submit: 26/11/22 00:20:11 WARN Utils: Your hostname resolves to a loopback address
Exception in thread "main" io.fabric8.kubernetes.client.KubernetesClientException: An error has occurred.
	at io.fabric8.kubernetes.client.KubernetesClientException.launderThrowable(KubernetesClientException.java:129)
Caused by: java.io.IOException: Failed to send the request
	... 24 more
Caused by: java.net.SocketTimeoutException: timeout
	at okio.SocketAsyncTimeout.newTimeoutException(JvmOkio.kt:146)
`)).toBe('failed to submit spark application: failed to run spark-submit: KubernetesClientException: An error has occurred. (SocketTimeoutException: timeout)');
});

test.each([
  ['driver container failed with ExitCode: 1, Reason: Error', 'driver container failed with ExitCode: 1, Reason: Error'],
  ['failed to submit spark application: failed to run spark-submit: signal: killed\n', 'failed to submit spark application: failed to run spark-submit: signal: killed'],
  ['failed to run spark-submit: Error: unknown option\n\n  Usage: spark-submit\n', 'failed to run spark-submit: Error: unknown option | Usage: spark-submit'],
])('words without an exception are told whole, in one line: %j', (errorMessage, told) => {
  expect(wordsOf(errorMessage)).toBe(told);
});
