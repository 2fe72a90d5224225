"""Lays Parquet files out with DataFusion (arrow-rs writer). One operation a call, given as a JSON object.

Every operation reports on stdout, one JSON object a finished piece of work; whatever it writes appears under
its final name only when it is whole. Bytes depend on the rows and the settings alone: not on threads, not on
memory, not on how the input was cut into parts.
"""
import json
import os
import shutil
import sys

from datafusion import RuntimeEnvBuilder, SessionConfig, SessionContext

COMMON = "'format.skip_arrow_metadata' 'true'"


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def context(request, threads):
    config = (
        SessionConfig()
        .with_target_partitions(threads)
        .with_batch_size(request["batch_rows"])
        .set("datafusion.execution.parquet.maximum_parallel_row_group_writers", "1")
        .set("datafusion.execution.parquet.allow_single_file_parallelism", request["parallel_encoding"])
    )
    runtime = RuntimeEnvBuilder().with_disk_manager_specified(request["spill_dir"]).with_fair_spill_pool(request["pool_bytes"])
    return SessionContext(config, runtime)


def final_format(request):
    return f"options ('format.compression' 'zstd(1)', 'format.max_row_group_size' {request['row_group_rows']}, {COMMON})"


def finished(name):
    print(json.dumps({"finished": name}), flush=True)


def write(ctx, query, output, options):
    """Copies a query's rows into one file; DataFusion writes a single file when the name has an extension."""
    unfinished = output + ".unfinished.parquet"
    if os.path.exists(unfinished):
        os.remove(unfinished)
    ctx.sql(f"copy ({query}) to {literal(unfinished)} stored as parquet {options}").collect()
    os.replace(unfinished, output)


def partition(request):
    """Deals the rows of one file out to a folder a month, in no order. Small row groups and no dictionaries
    keep the memory of some 84 open writers small."""
    unfinished = request["output"] + ".unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    ctx = context(request, 1)
    ctx.register_parquet("input", request["input"])
    ctx.sql(
        f"copy (select *, to_char({quoted(request['date_column'])}, '%Y-%m') as month from input)"
        f" to {literal(unfinished + '/')} stored as parquet partitioned by (month)"
        f" options ('format.compression' 'zstd(1)', 'format.max_row_group_size' 16384, {COMMON},"
        f" 'format.dictionary_enabled' 'false', 'format.statistics_enabled' 'none')"
    ).collect()
    for folder in sorted(os.listdir(unfinished)):
        (name,) = os.listdir(os.path.join(unfinished, folder))
        month = os.path.join(request["output"], folder.split("=")[1])
        os.makedirs(month, exist_ok=True)
        os.replace(os.path.join(unfinished, folder, name), os.path.join(month, request["part"] + ".parquet"))
    shutil.rmtree(unfinished)
    finished(request["part"])


def sort(request):
    """Makes one sorted file of each month's rows, and drops the month's unsorted rows when it is written.
    They are moved away before they are removed: half removed, they would pass for the whole month."""
    order = ", ".join(quoted(column) for column in request["order_by"])
    os.makedirs(request["output"], exist_ok=True)
    for month in sorted(os.listdir(request["input"])):
        ctx = context(request, request["threads"])
        ctx.register_parquet("input", os.path.join(request["input"], month) + "/")
        write(ctx, f"select * from input order by {order}", os.path.join(request["output"], month + ".parquet"), final_format(request))
        sorted_rows = request["input"] + ".sorted"
        shutil.rmtree(sorted_rows, ignore_errors=True)
        os.replace(os.path.join(request["input"], month), sorted_rows)
        shutil.rmtree(sorted_rows)
        finished(month)


def copy(request):
    """Writes one file again with the rows in their order, some columns as DOUBLE where asked for."""
    ctx = context(request, 1)
    ctx.register_parquet("input", request["input"])
    doubles = set(request["double_columns"])
    names = ctx.table("input").schema().names
    columns = ", ".join(f"cast({quoted(n)} as double) as {quoted(n)}" if n in doubles else quoted(n) for n in names)
    os.makedirs(os.path.dirname(request["output"]), exist_ok=True)
    write(ctx, f"select {columns} from input", request["output"], final_format(request))
    finished(request["output"])


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    {"partition": partition, "sort": sort, "copy": copy}[asked["operation"]](asked)
