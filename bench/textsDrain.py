"""Which lines of the second halves of LogHub's samples are the first of a kind that the first half lacks: for texts.mjs.

Run: python bench/textsDrain.py DIR > kinds.json      (DIR holds loghub/*_2k.log.gz; pip install drain3)
A kind is a cluster of Drain3 with its defaults. Prints {"NAME": [line numbers, from 0], …}.
"""
import glob
import gzip
import json
import logging
import os
import sys

from drain3 import TemplateMiner
from drain3.template_miner_config import TemplateMinerConfig

logging.disable(logging.CRITICAL)
kinds = {}
for path in sorted(glob.glob(f"{sys.argv[1]}/loghub/*_2k.log.gz")):
    lines = gzip.open(path, "rt", encoding="latin1", newline="\n").read().rstrip("\n").split("\n")
    miner = TemplateMiner(config=TemplateMinerConfig())
    met, first = set(), []
    for number, line in enumerate(lines):
        cluster = miner.add_log_message(line)["cluster_id"]
        if cluster not in met and number >= len(lines) // 2:
            first.append(number)
        met.add(cluster)
    kinds[os.path.basename(path).removesuffix("_2k.log.gz")] = first
json.dump(kinds, sys.stdout)
