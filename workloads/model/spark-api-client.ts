/**
 * Environment of whatever runs Spark's client of the Kubernetes API: spark-submit in the operator, and the driver.
 * Over HTTP/2 that client tells of a refusal now and then only that "stream was reset: NO_ERROR": the server answers
 * before it has read the pod, and the answer is lost.
 */
export const SPARK_API_CLIENT_ENV = [{ name: 'HTTP2_DISABLE', value: 'true' }] as const;
