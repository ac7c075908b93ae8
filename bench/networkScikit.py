"""The plain fit of bench/network.mjs by scikit-learn, from the captures themselves: an independent reading of both.

Run: python bench/networkScikit.py DIR      (DIR holds network/zeek_conn_*.labeled.gz; numpy and scikit-learn)
"""
import collections
import gzip
import sys

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

NAMES = ["008", "010", "011", "012"]
WINDOW_SECONDS = 300
FAILED = {"S0", "REJ", "RSTRH", "RSTOS0", "SH", "SHR"}
SEEDS = range(10)


def load(name):
    windows = collections.defaultdict(lambda: [0, 0, set(), set(), 0, 0, 0, False])
    for line in gzip.open(f"{sys.argv[1]}/network/zeek_conn_{name}.labeled.gz", "rt"):
        if line.startswith("#"):
            continue
        cells = line.rstrip("\n").split("\t")
        number = lambda column: 0.0 if cells[column] == "-" else float(cells[column])
        window = windows[int(float(cells[0]) // WINDOW_SECONDS), cells[4]]
        window[0] += number(9) + number(10)
        window[1] += 1
        window[2].add(cells[5])
        window[3].add(cells[2])
        window[4] += number(9)
        window[5] += cells[11] in FAILED
        window[6] += number(8)
        window[7] |= cells[-2] == "Malicious"
    rows = [[b, n, len(ports), len(peers), out, bad, long] for b, n, ports, peers, out, bad, long, _ in windows.values()]
    return np.log1p(np.array(rows)), np.array([window[7] for window in windows.values()])


sets = {name: load(name) for name in NAMES}
for clean in (False, True):
    means = []
    for name in NAMES:
        others = [sets[other] for other in NAMES if other != name]
        history = np.vstack([rows[~malicious] if clean else rows for rows, malicious in others])
        rows, malicious = sets[name]
        fits = (IsolationForest(n_estimators=100, random_state=seed).fit(history) for seed in SEEDS)
        means.append(np.mean([roc_auc_score(malicious, -fit.decision_function(rows)) for fit in fits]))
    label = "history without its malicious windows" if clean else "history as it is"
    print(f"{label}: {' '.join(f'{mean:.3f}' for mean in means)}  mean {np.mean(means):.3f}")
