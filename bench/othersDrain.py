"""Drain3 over lines from standard input, with its defaults or with masks for what varies: for others.mjs.

Run: python bench/othersDrain.py [--masking] < lines      (pip install drain3)
Prints how many lines it read and how many clusters it made.
"""
import logging
import sys

from drain3 import TemplateMiner
from drain3.masking import MaskingInstruction
from drain3.template_miner_config import TemplateMinerConfig

masks = {
    "UUID": r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b",
    "IP": r"\b\d{1,3}(?:\.\d{1,3}){3}\b",
    "HEX": r"\b0x[0-9a-fA-F]+\b",
    "NUM": r"(?<!\w)[-+]?\d+(?:\.\d+)?(?!\w)",
}

logging.disable(logging.CRITICAL)
config = TemplateMinerConfig()
if sys.argv[1:] == ["--masking"]:
    config.masking_instructions = [MaskingInstruction(pattern, name) for name, pattern in masks.items()]
elif sys.argv[1:]:
    sys.exit(f"unknown: {sys.argv[1:]}")
miner = TemplateMiner(config=config)
lines = 0
for line in open(0, encoding="latin1", newline="\n"):
    miner.add_log_message(line.rstrip("\n"))
    lines += 1
print(f"{lines} lines, {len(miner.drain.clusters)} clusters")
