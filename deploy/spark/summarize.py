"""Summaries of more logs than one machine reads, made where they are: `oddline summarize` under Spark's RDD.pipe.

    spark-submit summarize.py --out hdfs:///oddline/2026-11-20 'hdfs:///logs/2026-11-20/*.gz'
    spark-submit summarize.py --files --out /shared/summaries /shared/logs/*.gz

then `oddline refresh --summaries part-* --out oddline.model`, on one machine, from any number of parts in any order.
Every worker needs Node and the `oddline` command (--command names it where it is not on PATH).
"""

import argparse
import os
import shlex

from pyspark import SparkConf, SparkContext

LINES_ONLY = {"textinputformat.record.delimiter": "\n"}  # Hadoop would cut a line at a lone carriage return as well
NOTHING_TO_COUNT = 3  # exit code of `oddline summarize` for a slice without lines


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", nargs="+", help="paths or globs, of anything Hadoop reads")
    parser.add_argument("--out", required=True, help="folder for the summaries, made anew")
    parser.add_argument("--slices", type=int, help="at least so many parts (default: as Spark would cut them)")
    parser.add_argument(
        "--files",
        action="store_true",
        help="the logs are whole files that every worker sees under the same path: read by oddline itself, byte for byte",
    )
    parser.add_argument("--command", default="oddline summarize", help="what each slice is piped through")
    return parser.parse_args()


def main():
    wish = arguments()
    context = SparkContext(conf=SparkConf().setAppName("oddline summarize"))
    context.setLogLevel("WARN")
    if wish.files:
        slices = context.parallelize(wish.logs, min(wish.slices or len(wish.logs), len(wish.logs)))
    else:
        slices = lines_of(context, wish.logs, wish.slices)
    # Popen would start it without any environment, and Node is found by PATH.
    summaries = slices.pipe(pipe_command(wish), env=dict(os.environ), checkCode=True)
    summaries.saveAsTextFile(wish.out)
    tell(context, slices.getNumPartitions(), wish.out)
    context.stop()


def lines_of(context, paths, slices):
    lines = context.newAPIHadoopFile(
        ",".join(paths),
        "org.apache.hadoop.mapreduce.lib.input.TextInputFormat",
        "org.apache.hadoop.io.LongWritable",
        "org.apache.hadoop.io.Text",
        conf=LINES_ONLY,
    ).values()
    # A .gz file cannot be cut: one slice each, unless its lines are dealt out anew.
    return lines if slices is None or lines.getNumPartitions() >= slices else lines.repartition(slices)


def pipe_command(wish):
    """A slice without lines is no failure. With --files the lines that come in are paths: none means none to read."""
    words = ["sh", "-c", f'{wish.command} "$@" || [ $? -eq {NOTHING_TO_COUNT} ]', "sh"]
    if wish.files:
        words = ["xargs", "-r", "-d", "\\n", *words]
    return shlex.join(words)


def tell(context, slices, out):
    executors = context._jsc.sc().statusStore().executorList(False)
    busy = sum(1 for i in range(executors.size()) if executors.apply(i).totalTasks() > 0)
    print(f"{slices} slices by {busy} executors -> {out}")


if __name__ == "__main__":
    main()
