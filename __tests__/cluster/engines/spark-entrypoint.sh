#!/bin/sh
# Stands for the entry point of Spark's image, which no package brings: "driver …" runs spark-submit in client mode
# with the arguments given, "executor" the executor that the environment describes, as Spark 3.5 starts its pods.
set -eu
role=$1
shift

case "$role" in
  driver)
    # What this machine has otherwise: the API server's port, and a bucket whose keys no role brings.
    exec "$SPARK_HOME/bin/spark-submit" --deploy-mode client \
      --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS" \
      --conf "spark.kubernetes.driver.master=https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT" \
      --conf spark.eventLog.dir=file:/tmp \
      "$@"
    ;;
  executor)
    set --
    index=0
    while option=$(printenv "SPARK_JAVA_OPT_$index"); do
      set -- "$@" "$option"
      index=$((index + 1))
    done
    # Pods share one address here; an executor gets a loopback address of its own, as its pod would have on a cluster.
    exec "$JAVA_HOME/bin/java" "$@" "-Xmx$SPARK_EXECUTOR_MEMORY" -cp "$SPARK_HOME/jars/*:$SPARK_DIST_CLASSPATH" \
      org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
      --driver-url "$SPARK_DRIVER_URL" --executor-id "$SPARK_EXECUTOR_ID" --cores "$SPARK_EXECUTOR_CORES" \
      --app-id "$SPARK_APPLICATION_ID" --hostname "127.0.0.$((SPARK_EXECUTOR_ID + 1))" \
      --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" --podName "$SPARK_EXECUTOR_POD_NAME"
    ;;
  *)
    echo "neither driver nor executor: $role" >&2
    exit 2
    ;;
esac
