"""Writes dbscan.json: scikit-learn's DBSCAN on small sets of float32 points.

Made with scikit-learn 1.9.1, numpy 2.4.6:  python tests/data/golden/dbscan.py > tests/data/golden/dbscan.json
"""
import json
import numpy as np
from sklearn.cluster import DBSCAN
from sklearn.datasets import make_blobs, make_moons

rng = np.random.default_rng(7)


def case(name, points, eps, min_samples, weights=None):
    decimals = np.round(np.asarray(points, dtype=float), 4)
    points = decimals.astype(np.float32)
    found = DBSCAN(eps=eps, min_samples=min_samples).fit(points, sample_weight=weights)
    return {
        "name": name,
        "dims": points.shape[1],
        "eps": eps,
        "minSamples": min_samples,
        "weights": None if weights is None else [float(w) for w in weights],
        "points": decimals.ravel().tolist(),
        "labels": found.labels_.tolist(),
        "core": found.core_sample_indices_.tolist(),
    }


blobs = make_blobs(n_samples=150, centers=4, cluster_std=0.9, random_state=3)[0]
moons = make_moons(n_samples=200, noise=0.07, random_state=5)[0]
between = [[1.75], [0.0], [0.25], [0.5], [0.75], [2.75], [3.0], [3.25], [3.5]]
grid = [[x, y] for x in range(6) for y in range(6)] + [[20, 20], [21, 20], [20, 21], [30, 0]]
duplicates = np.repeat(rng.normal(size=(12, 3)), rng.integers(1, 9, size=12), axis=0)
rng.shuffle(duplicates)
wide = np.concatenate([
    centre + rng.normal(scale=0.035, size=(size, 48))
    for centre, size in zip(rng.normal(size=(5, 48)) / np.sqrt(48), (40, 30, 25, 6, 19))
])
rng.shuffle(wide)
wide /= np.linalg.norm(wide, axis=1, keepdims=True)
print(json.dumps([
    case("blobs", blobs, 0.8, 5),
    case("blobs, one and all core", blobs, 0.5, 1),
    case("moons", moons, 0.2, 5),
    case("a border point between two clusters goes to the first", between, 1.0, 4),
    case("the same, the other way round", between[::-1], 1.0, 4),
    case("grid, distances exactly eps", grid, 1.0, 3),
    case("duplicates", duplicates, 0.4, 5),
    case("weights", blobs, 0.5, 12, rng.integers(0, 9, size=150)),
    case("weights below nought", blobs, 0.8, 5, rng.integers(-2, 4, size=150)),
    case("one point, noise", [[1.0, 2.0]], 0.5, 2),
    case("one point, core by itself", [[1.0, 2.0]], 0.5, 1),
    case("one point, core by weight", [[1.0, 2.0]], 0.5, 20, [20]),
    case("48 dims, unit vectors", wide, 0.36, 8),
    case("48 dims, weights", wide, 0.3, 20, rng.integers(1, 9, size=len(wide))),
    case("48 dims, far from the origin", wide * 1000 + 5000, 340, 8),
]))
