"""Writes minilm-dbscan.json: scikit-learn's labels of MiniLM vectors (made by minilm-vectors.mjs), in some orders.

Made with scikit-learn 1.9.1, numpy 2.4.6:
node tests/data/golden/minilm-vectors.mjs EMBEDDER MODELS | python tests/data/golden/minilm-dbscan.py > tests/data/golden/minilm-dbscan.json
"""
import base64
import json
import sys

import numpy as np
from sklearn.cluster import DBSCAN

DIMS = 384
encoded = sys.stdin.read().strip()
vectors = np.frombuffer(base64.b64decode(encoded), dtype=np.int8).reshape(-1, DIMS)
points = (vectors.astype(np.float64) / 127).astype(np.float32)
rng = np.random.default_rng(3)
orders = [np.arange(len(points)), rng.permutation(len(points))]
cases = []
for eps, min_samples in [(0.5, 20), (0.6, 5), (0.4, 3), (0.75, 12)]:
    for order in orders:
        for weights in [None, rng.integers(1, 6, size=len(points))]:
            found = DBSCAN(eps=eps, min_samples=min_samples).fit(points[order], sample_weight=weights)
            cases.append({
                "eps": eps,
                "minSamples": min_samples,
                "order": order.tolist(),
                "weights": None if weights is None else weights.tolist(),
                "labels": found.labels_.tolist(),
                "core": found.core_sample_indices_.tolist(),
            })
print(json.dumps({"dims": DIMS, "vectors": encoded, "cases": cases}))
