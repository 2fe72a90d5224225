"""Holds a Spark session and answers queries in it: as `local[N]` on one machine, or as the driver of a
SparkApplication, where everything of the cluster comes with spark-submit.

Tables are the dataset's Parquet files themselves, by their names: no catalogue, no statistics, no copy.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, Mapping, Optional

sys.path.insert(0, os.environ.get("FLOWBENCH_DRIVER_PATH", str(Path(__file__).resolve().parent.parent / "driver")))

from flowbench_driver import drive  # noqa: E402
from flowbench_engine import Account, Answer, Facts, Failure, OpenFailed, Order, Session, one_line  # noqa: E402
from flowbench_process import pin_to_cores  # noqa: E402
from flowbench_text import texts_of  # noqa: E402

# What changes from start to start, or says nothing of how queries are answered.
_OF_NO_INTEREST = re.compile(r"^spark\.(app\.(id|startTime|submitTime|name|initial.*)|driver\.(port|extraJavaOptions|appUIAddress)|executor\.(id|extraJavaOptions)|submit\..*|rdd\.compress|serializer\.objectStreamReset|repl\..*|kubernetes\..*|ui\.showConsoleProgress|hadoop\.fs\.s3a\.(access|secret|session).*)$")
# How Spark writes the manifest's types.
_SPARK_TYPES = {"BIGINT": "bigint", "INTEGER": "int", "VARCHAR": "string", "DATE": "date", "DOUBLE": "double"}


class SparkEngine:
    """One session for a whole run; queries are timed in it one after the other."""

    def __init__(self, session: Session) -> None:
        self._session = session
        started = time.monotonic()
        self._pinned = pin_to_cores(session.threads) if session.options.get("pin_cores") == "true" else None
        self._spark = _start(session)
        self._sc = self._spark.sparkContext
        self._sc.setLogLevel("WARN")
        opened = time.monotonic()
        # The JVM and the session in it come up in one call; the driver process itself was started before.
        self._session_ms = (opened - started) * 1000
        _reach_s3(self._sc, session)
        for table in session.tables:
            _register(self._spark, session, table)
        self._register_ms = (time.monotonic() - opened) * 1000
        self._executions_seen = 0

    # ---- What it is

    def facts(self) -> Facts:
        executors = self._executors()
        workers = [one for one in executors if one["id"] != "driver"] or executors
        cores = sum(one["totalCores"] for one in workers)
        return Facts(
            engine_version=self._spark.version,
            label=f"Spark {self._spark.version}",
            nodes=len({one["hostPort"].rsplit(":", 1)[0] for one in workers}),
            threads_total=cores if self._pinned is None else min(cores, self._pinned),
            memory_limit_bytes_total=self._memory_bytes(workers),
            parallelism=self._sc.defaultParallelism,
            settings=self._settings(),
            result_cache="Spark keeps no results of queries; the plan of every query is looked at for a table kept in memory",
            session_ms=self._session_ms,
            register_ms=self._register_ms,
            ui=self._sc.uiWebUrl,
        )

    def _executors(self) -> list[dict[str, Any]]:
        return [one for one in self._rest("/executors") if one["isActive"]]

    def _memory_bytes(self, workers: list[dict[str, Any]]) -> int:
        """Heap that is for queries: this JVM's own where it does the work, else what each executor was started with."""
        if [one["id"] for one in workers] == ["driver"]:
            return int(self._jvm.java.lang.Runtime.getRuntime().maxMemory())
        each = self._sc._jsc.sc().executorMemory()
        return len(workers) * each * 1024 * 1024

    def _settings(self) -> dict[str, str]:
        known = dict(self._sc.getConf().getAll())
        shown = {key: value for key, value in known.items() if not _OF_NO_INTEREST.match(key)}
        shown["parquet page index"] = "used" if self._uses_page_index() else "not used"
        if self._pinned is not None:
            shown["cpu affinity"] = f"{self._pinned} cores"
        if "note" in self._session.options:
            shown["note"] = self._session.options["note"]
        return shown

    def _uses_page_index(self) -> bool:
        """Parquet's reader does by itself, where filters are pushed down to it."""
        pushes_down = self._spark.conf.get("spark.sql.parquet.filterPushdown") == "true"
        return pushes_down and self._sc._jsc.hadoopConfiguration().getBoolean("parquet.filter.columnindex.enabled", True)

    # ---- Answering

    def answer(self, order: Order) -> Answer:
        begun = time.monotonic()
        self._sc.setJobGroup(order.order_id, order.order_id, interruptOnCancel=True)
        frame = self._spark.sql(order.text)
        frame._jdf.queryExecution().executedPlan()
        planned = time.monotonic()
        rows = frame.collect()
        collected = time.monotonic()
        columns = [{"name": one.name, "type": _column_type(one.dataType)} for one in frame.schema.fields]
        texts = texts_of(columns, rows)
        decoded = time.monotonic()
        self._frame = frame
        return Answer(
            columns=columns,
            rows=texts,
            stages={"plan_ms": (planned - begun) * 1000, "scan_ms": (collected - planned) * 1000, "fetch_ms": (decoded - collected) * 1000},
        )

    def cancel(self, order: Order) -> None:
        # All of them: a broadcast runs in a group of its own, and there is only one query at a time.
        self._sc.cancelJobGroup(order.order_id)
        self._sc.cancelAllJobs()

    def is_quiet(self) -> bool:
        tracker = self._sc._jsc.sc().statusTracker()
        if len(tracker.getActiveJobIds()) > 0 or len(tracker.getActiveStageIds()) > 0:
            return False
        return all(one.numRunningTasks() == 0 for one in tracker.getExecutorInfos())

    def failure(self, order: Order, error: BaseException) -> Failure:
        text = str(error)
        ended = _gateway_end(self._sc)
        if ended is not None:
            # Exit code 52 is Spark's own for a heap that is used up.
            is_memory = ended == 52 or "OutOfMemoryError" in text
            how = f"signal {-ended}" if ended < 0 else f"exit code {ended}"
            if is_memory:
                return Failure("out_of_memory", f"Spark ran out of heap and its JVM ended ({how}).", session_lost=True)
            return Failure("engine_error", f"Spark's JVM ended in the middle of the query ({how}).", session_lost=True)
        return Failure(*_kind_of(text))

    # ---- What it took

    def account(self, order: Order, answer: Answer) -> Account:
        plan = self._frame._jdf.queryExecution().toString()
        if "InMemoryTableScan" in plan or "InMemoryRelation" in plan:
            raise RuntimeError("the plan reads a table that is kept in memory")
        self._sc._jsc.sc().listenerBus().waitUntilEmpty()
        execution = self._execution(order)
        stages = self._stages(execution)
        return Account(
            engine_ms=None if execution is None else float(execution["duration"]),
            bytes_read=sum(one["inputBytes"] for one in stages),
            bytes_exchanged=sum(one["shuffleWriteBytes"] for one in stages),
            cpu_ms=sum(one["executorCpuTime"] for one in stages) / 1e6,
            peak_memory_bytes=max((one["peakExecutionMemory"] for one in stages), default=0),
            splits_per_node=self._tasks_per_host(stages),
            nodes_used=len(self._tasks_per_host(stages)) or 1,
            trace_link=self._keep_plan(order, plan, execution),
        )

    def _execution(self, order: Order) -> Optional[dict[str, Any]]:
        """The query as Spark's SQL page has it, by its description."""
        found = self._rest(f"/sql?details=false&planDescription=false&offset={self._executions_seen}&length=1000")
        mine = [one for one in found if one["description"] == order.order_id]
        self._executions_seen += len(found)
        return mine[-1] if mine else None

    def _stages(self, execution: Optional[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Every stage that ran, also those of broadcasts and subqueries."""
        if execution is None:
            return []
        numbers = set()
        for job in execution["successJobIds"]:
            numbers.update(self._rest(f"/jobs/{job}")["stageIds"])
        attempts = [one for number in sorted(numbers) for one in self._rest_or_none(f"/stages/{number}?details=false") or []]
        return [one for one in attempts if one["status"] == "COMPLETE"]

    def _tasks_per_host(self, stages: list[dict[str, Any]]) -> list[int]:
        hosts = {one["id"]: one["hostPort"].rsplit(":", 1)[0] for one in self._rest("/allexecutors")}
        counts: dict[str, int] = {}
        for stage in stages:
            if stage["inputBytes"] == 0:
                continue
            detail = self._rest(f"/stages/{stage['stageId']}/{stage['attemptId']}?details=true")
            for executor, summary in detail["executorSummary"].items():
                host = hosts.get(executor, executor)
                counts[host] = counts.get(host, 0) + summary["succeededTasks"]
        return sorted(counts.values(), reverse=True)

    def _keep_plan(self, order: Order, plan: str, execution: Optional[Mapping[str, Any]]) -> Optional[str]:
        page = None if execution is None or self._sc.uiWebUrl is None else f"{self._sc.uiWebUrl}/SQL/execution/?id={execution['id']}"
        if self._session.artifacts_dir is None:
            return page
        name = f"{order.name}.plan.txt"
        head = f"Application {self._sc.applicationId}, execution {None if execution is None else execution['id']} (page while it ran: {page})\n\n"
        Path(self._session.artifacts_dir, name).write_text(head + plan, encoding="utf-8")
        return name

    def close(self) -> None:
        self._spark.stop()

    # ---- Asking Spark

    @property
    def _jvm(self) -> Any:
        return self._sc._jvm

    def _rest(self, path: str) -> Any:
        url = f"{self._sc.uiWebUrl}/api/v1/applications/{self._sc.applicationId}{path}"
        with urllib.request.urlopen(url, timeout=20) as answer:
            return json.load(answer)

    def _rest_or_none(self, path: str) -> Any:
        """A stage that was skipped is not known by its number."""
        try:
            return self._rest(path)
        except urllib.error.HTTPError:
            return None


def _start(session: Session) -> Any:
    """The session with every `spark.…` option set before the JVM starts."""
    try:
        from pyspark import SparkConf
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise OpenFailed("engine_unavailable", f"PySpark cannot be imported: {error}.") from error
    conf = SparkConf()
    for key, value in session.options.items():
        if key.startswith("spark."):
            conf.set(key, value)
    try:
        return SparkSession.builder.config(conf=conf).getOrCreate()
    except Exception as error:
        raise OpenFailed("engine_unavailable", f"Spark did not start: {one_line(str(error))}") from error


def _reach_s3(sc: Any, session: Session) -> None:
    """Through Hadoop's own configuration, which is on no page and in no event log: keys are among it."""
    s3 = session.s3
    if s3 is None:
        return
    hadoop = sc._jsc.hadoopConfiguration()
    values = {"endpoint.region": s3["region"], "access.key": s3["access_key_id"], "secret.key": s3["secret_access_key"], "session.token": s3["session_token"]}
    if s3["endpoint"] is not None:
        values |= {"endpoint": s3["endpoint"], "path.style.access": "true", "connection.ssl.enabled": str(s3["endpoint"].startswith("https")).lower()}
    if s3["access_key_id"] is not None:
        kind = "SimpleAWSCredentialsProvider" if s3["session_token"] is None else "TemporaryAWSCredentialsProvider"
        values["aws.credentials.provider"] = f"org.apache.hadoop.fs.s3a.{kind}"
    for key, value in values.items():
        if value is not None:
            hadoop.set(f"fs.s3a.{key}", value)


def _register(spark: Any, session: Session, table: str) -> None:
    """A view over exactly the manifest's files, whose types must be the manifest's."""
    try:
        frame = spark.read.parquet(*session.files(table, "s3a"))
    except Exception as error:
        raise OpenFailed("infrastructure_error", f"Spark cannot read {table}: {_kind_of(str(error))[1]}") from error
    found = {one.name: one.dataType.simpleString() for one in frame.schema.fields}
    expected = {one["name"]: _spark_type(one["type"]) for one in session.tables[table]["columns"]}
    if found != expected:
        wrong = [f"{name} is {found.get(name)} instead of {expected.get(name)}" for name in sorted({*found, *expected}) if found.get(name) != expected.get(name)]
        raise OpenFailed("infrastructure_error", f"Spark reads {table} otherwise than its manifest says: {'; '.join(wrong[:3])}.")
    frame.createOrReplaceTempView(table)


def _spark_type(manifest_type: str) -> str:
    return _SPARK_TYPES.get(manifest_type, manifest_type.lower().replace(" ", ""))


def _column_type(data_type: Any) -> dict[str, Any]:
    from pyspark.sql import types

    if isinstance(data_type, types.DecimalType):
        return {"kind": "decimal", "precision": data_type.precision, "scale": data_type.scale}
    if isinstance(data_type, types.IntegralType):
        return {"kind": "integer"}
    if isinstance(data_type, types.FractionalType):
        return {"kind": "double"}
    if isinstance(data_type, types.DateType):
        return {"kind": "date"}
    if isinstance(data_type, types.BooleanType):
        return {"kind": "boolean"}
    if isinstance(data_type, (types.StringType, types.CharType, types.VarcharType)):
        return {"kind": "string"}
    raise ValueError(f"A column of type {data_type.simpleString()} has no canonical text.")


def _kind_of(text: str) -> tuple[str, str]:
    """Status and sentence of what Spark threw."""
    cause = _cause(text)
    if "OutOfMemoryError" in text or "Java heap space" in text or "GC overhead limit" in text:
        return "out_of_memory", f"Spark ran out of memory: {cause}"
    if "No space left on device" in text:
        return "out_of_disk", f"Spark's scratch is full: {cause}"
    if "UnsupportedOperationException" in text or "UNSUPPORTED_FEATURE" in text:
        return "unsupported", cause
    if "AccessDenied" in text or "403 Forbidden" in text or "Status Code: 403" in text:
        return "infrastructure_error", f"S3 refused: {cause}"
    return "engine_error", cause


def _cause(text: str) -> str:
    """The innermost `Caused by`, else the first line."""
    causes = re.findall(r"^Caused by: (.+)$", text, re.MULTILINE)
    line = causes[-1] if causes else one_line(text)
    return one_line(line)


def _gateway_end(sc: Any) -> Optional[int]:
    """How the JVM ended, None while it lives: it may need a moment to be gone after its socket."""
    process = getattr(sc._gateway, "proc", None)
    if process is None:
        return None
    for _ in range(20):
        code = process.poll()
        if code is not None:
            return code
        try:
            sc._jvm.java.lang.System.nanoTime()
            return None
        except Exception:  # noqa: BLE001 - it does not answer: wait for its end
            time.sleep(0.1)
    return None


if __name__ == "__main__":
    drive(SparkEngine)
