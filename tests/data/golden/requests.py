#!/usr/bin/env python3
"""Writes requests.json: a small made-up log, further requests, and what the scorer by experiment makes of each in nats.

    python3 requests.py PATH_OF_novelty2.py

The prototype is not part of this repository. Its grams have `?`, `&` and `=` as they are, where the filter's have marks:
no value here holds one of them, and no parameter comes both first and later.
"""
import importlib.util
import json
import os
import random
import sys
from collections import Counter

random.seed(7)
spec = importlib.util.spec_from_file_location("prototype", sys.argv[1])
prototype = importlib.util.module_from_spec(spec)
spec.loader.exec_module(prototype)


def line(request, status=200):
    return f'192.0.2.7 - - [21/Nov/2026:02:11:09 +0000] "{request} HTTP/1.1" {status} 512'


words = "red blue green wool linen socks boots gloves scarf lamp tent rope stove map pack".split()
targets = []
for _ in range(90):
    word, other = random.choice(words), random.choice(words)
    targets.append(("GET", f"/shop/item?id={random.randrange(1, 20000)}", 200))
    targets.append(("GET", f"/search?q={word}+{other}&page={random.randrange(1, 9)}", 200))
    targets.append(("GET", f"/images/{word}/{other}.png", random.choice([200, 200, 200, 304])))
    targets.append(("POST", "/cart/add?item=" + str(random.randrange(100, 999)) + "&count=1", 302))
    targets.append(("GET", random.choice(["/", "/news/today", "/news/old", "/about.html"]), 200))
for word in words:
    targets.append(("GET", f"/archive/{word}-{random.randrange(2000, 2020)}/", 200))
    targets.append(("GET", f"/missing/{word}{other}", 404))

learnt = Counter(line(f"{method} {target}", status) for method, target, status in targets)
judged = [line(f"GET {target}", status) for target, status in [
    ("/", 200), ("/shop/item?id=4711", 200), ("/search?q=wool+rope&page=3", 200), ("/news/today", 404),
    ("/shop/item?id=4711'--", 200), ("/shop/item?id=1%27%20OR%201%20--%20", 200),
    ("/shop/item?id=<script>alert(1)</script>", 200),
    ("/search?q=' UNION SELECT login, passwd FROM users--", 200), ("/search?q=red+wool&page=1;SLEEP(5)", 500),
    ("/search?q=..%2f..%2f..%2fetc%2fpasswd&page=2", 200), ("/images/../../../../etc/passwd", 400),
    ("/images/wool/shell.php", 200), ("/phpmyadmin/index.php", 404), ("/.git/HEAD", 404), ("/wp-login.php", 404),
    ("/news/today?debug=1", 200), ("/news/today/", 200),
    ("/archive/umbrella-2031/", 200), ("/archive/umbrella-2031/x", 200),
    ("/cart/add?item=123456789012345678901234567890&count=1", 302),
    ("/cart/add?item=77&count=1", 302), ("/cart/add", 302),
    ("/search?q=wool+red", 200), ("/search?q=" + "wool+" * 30 + "&page=2", 200), ("/search?q=&page=2", 200),
    ("/search?q=a%2525b&page=2", 200), ("/search?q=wool%0d%0aSet-Cookie&page=3", 200), ("/cart/add?item=12&count=1&count=2'", 200),
    ("/shop/item?we$rd=1", 200), ("/caf%C3%A9/au%20lait", 200), ("/shop/" + "x" * 500, 404), ("/a;b,c:d@e", 200),
]] + [line("DELETE /shop/item?id=3", 405), line("POST /search?q=wool+red&page=1", 200), line("OPTIONS /", 200)]

forms = Counter()
for text, count in learnt.items():
    forms[prototype.form_of(text + " ")] += count
site = prototype.Site(forms, {})
rows = [[text, site.score(prototype.form_of(text + " "))] for text in judged]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "requests.json"), "w") as out:
    json.dump({"learnt": sorted(learnt.items()), "judged": rows}, out, indent=0)
    out.write("\n")
