"""The article's job as people write it: sentence-transformers, then scikit-learn's DBSCAN. Prints the line numbers of
the noise. Measured by minilm.mjs.  python bench/minilmBaseline.py LOG MODEL
"""
import sys

from sentence_transformers import SentenceTransformer
from sklearn.cluster import DBSCAN

log, model = sys.argv[1:]
with open(log, encoding="utf8", errors="replace") as file:
    lines = [line.strip() for line in file]
vectors = SentenceTransformer(model, device="cpu").encode(lines)
labels = DBSCAN(eps=0.5, min_samples=20).fit_predict(vectors)
print("\n".join(str(number) for number, label in enumerate(labels, 1) if label == -1))
