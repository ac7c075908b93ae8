"""Writes isolation-forest.json: small forests of scikit-learn with the points they scored.

Run: python isolation-forest.py (made with scikit-learn 1.9.1, numpy 2.4.6). Trees as scikit-learn holds them; rows are
32-bit floats, as its trees see them; `scores` is decision_function.
"""
import json
import pathlib

import numpy as np
from sklearn.ensemble import IsolationForest


def forest(rows, points, **options):
    fitted = IsolationForest(contamination="auto", random_state=42, **options).fit(rows)
    trees = []
    for estimator in fitted.estimators_:
        tree = estimator.tree_
        trees.append({
            "feature": [int(f) for f in tree.feature],
            "left": tree.children_left.tolist(),
            "right": tree.children_right.tolist(),
            "threshold": tree.threshold.tolist(),
            "rows": tree.n_node_samples.tolist(),
        })
    return {
        "featureCount": rows.shape[1],
        "sampleCount": int(fitted.max_samples_),
        "trees": trees,
        "points": points.tolist(),
        "scores": fitted.decision_function(points).tolist(),
    }


random = np.random.default_rng(7)
smooth = random.lognormal(3, 2, size=(400, 4)).astype(np.float32)
# Many equal rows: leaves that hold several, features that are constant in a node.
counts = random.poisson(1.2, size=(300, 3)).astype(np.float32)
few = random.normal(size=(5, 2)).astype(np.float32)
out = {
    "smooth": forest(smooth, np.vstack([smooth[:100], smooth[:20] * np.float32(50)]), n_estimators=20, max_samples=64),
    "counts": forest(counts, np.vstack([counts[:80], counts[:20] + np.float32(9)]), n_estimators=20, max_samples=128),
    "few": forest(few, few, n_estimators=10),
}
path = pathlib.Path(__file__).with_name("isolation-forest.json")
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
