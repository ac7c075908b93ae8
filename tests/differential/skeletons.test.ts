/**
 * What a filter knows of a text by its skeleton is what it would have read: lines that differ in digits and identifiers
 * alone, through an engine that keeps skeletons and one that reads each line anew. Where digits decide (an octet above
 * 255, a port above 65535, a network's zero, a word with a number), they decide the same.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { batchFlag, Engine } from "../../host/wasm/engine.js";
import { FilterHost } from "../support/filterHost.mjs";
import { seededRandom } from "../support/hostile.mjs";
import { learnText } from "../support/learning.js";

const seconds = 1_795_227_069n;

/** N: a digit, B: a byte's number or somewhat more, P: a port or somewhat more, H: an identifier, L: a small letter. */
const templates = [
  "sshd[NNNNN]: Failed password for root from B.B.B.B port P ssh2",
  "sshd[NNNNN]: Accepted publickey for usNr from B.B.B.B:P ssh2",
  "sshd[NNN]: Invalid user aN from ::ffff:B.B.B.B port P",
  "sshd[NNN]: Connection closed by B.B.B.B [preauth]",
  "app[NN]: client B.B.B.B:P to B.B.B.B:P failed with N",
  "app[NN]: ipN B.B.B.B asked for /a/b?c=N, login failed",
  "app[NN]: refused ip4:B.B.B.B user H",
  "app[NN]: request H from B.B.B.B denied after NNN ms",
  "app[NN]: request H took NNN ms, wrote NNNN bytes to ::N",
  "app[NN]: login failed HL:B.B.B.B",
  "app[NN]: H failed for B.B.B.B to H",
  "app[NN]: B.B.B.B failed NfaLled H",
  "app[NN]: src: /B.B.B.B:P dest: /B.B.B.B:P blk_NNNN",
  "app[NN]: 2001:db8::L:P and L::P refused by fe80::LN",
  "app[NN]: at NN:NN:NN peer N:N:N:N:L:N:N:P left",
  "app[NN]: 1.B.B.B.P refused, vB.B.B.B invalid, B.B.B.B/N denied",
  "app[NN]: H.B.B.B.B H:B.B.B.B BH.B.B.B.B access denied",
  "app[NN]: B.B.B.B:H refused, H:P:N denied",
  "app[NN]: pod H-LLLLL_LL-LN of B.B.B.B denied",
  "app[NN]: login failed H-LLLL::N H_LL:B.B.B.B H--LL.B.B.B.B",
  "app[NN]: N/LLL-H and N-LLL-H, N.LL_H and -LL-H from B.B.B.B:P denied",
  "app[NN]: B.B.B.B came as H-LLL-add, kNll or H",
  "at org.example.Main(Main.java:NN)",
  "app[NN]: failed\n  at B.B.B.B\n  at NN",
  "retry N of N in NNNms (id=H-H-H)",
  "app[NN]: pod web-LL-H_LL of B.B.B.B and a-H-L of B.B.B.B denied\r",
  "app[NN]: oom-kill-H, H-split brain, split-brain-H ended on signal NN\r",
];

/** Lines of their own, some with quotes, and with keywords that have quotes or stand among identifiers. */
const whole = [
  'ts=2026-11-21T02:11:NN.NNNZ level=info msg="request done" path=/a/H-LLL id=H took=NNms',
  'ts=2026-11-21T02:11:NN.NNNZ level=error msg="it failed" err="H: core dumped" client=B.B.B.B',
  'ts=2026-11-21T02:11:NN.NNNZ level=warn msg="scrape failed" target=http://B.B.B.B:P/metrics took=NNms',
  "level=warn target=B.B.B.B:P err=refused peer=B.B.B.B tries=N",
  'level=info caller=a.go:NN msg="client B.B.B.B port P denied \\"so\\" by B.B.B.B" to=::N',
  'level=info msg="denied it" id=N from B.B.B.B port P',
  'level=info msg="it is denied" a=B.0.0.B b="from B.0.0.B" c=::N d="NN"',
  'I1121 02:11:NN.NNN  1 node.go:NNN] "pod H-LLL is gone" pod="ns/web-H-LLLLL" reason="OOMKilled"',
  'I1121 02:11:NN.NNN  1 node.go:NNN] "pod H-LLL is gone" pod="ns/web-H-LLLLL" code=NNN from="B.B.B.B"',
  'W1121 02:11:NN.NNN  1 a.go:NN] "H-kernel panic" x="on signal NN" y=H',
  '{"ts":"2026-11-21T02:11:NNZ","level":"info","msg":"user H logged in from B.B.B.B","id":"H-LL"}',
  '{"ts":"2026-11-21T02:11:NNZ","level":NN,"msg":"H deadlock found in NN","src_ip":"B.B.B.B","dst_port":P}',
  '2026-11-21T02:11:NN.NNNNNNZ stdout F I1121 02:11:NN.NNN  1 a.go:NN] "took NN" a="H-LL"',
  '2026-11-21T02:11:NN.NNNNNNZ stderr F "denied" B.B.B.B H "split-brain" H-split-brain',
];

function lines(count: number, seed: number): string[] {
  const random = seededRandom(seed);
  const pick = (text: string) => text[Math.floor(random() * text.length)];
  const made: Record<string, () => string> = {
    N: () => pick("0123456789"),
    B: () =>
      String(Math.floor(random() < 0.3 ? random() * 310 : 1 + random() * 8)).padStart(random() < 0.1 ? 3 : 1, "0"),
    P: () => String(Math.floor(random() < 0.3 ? 60_000 + random() * 9_999 : 1_000 + random() * 9_000)),
    H: () =>
      Array.from({ length: random() < 0.1 ? 70 : random() < 0.8 ? 8 : 2 + Math.floor(random() * 30) }, () =>
        pick("0123456789abcdefgx"),
      ).join(""),
    L: () => pick("abcdefgh"),
  };
  return Array.from({ length: count }, () => {
    const fill = (text: string) => text.replace(/[NBPHL]/g, (sign) => made[sign]());
    if (random() < 0.3) return fill(whole[Math.floor(random() * whole.length)]);
    return `Nov 21 02:11:09 host ${fill(templates[Math.floor(random() * templates.length)])}`;
  });
}

let model: Uint8Array;
beforeAll(async () => {
  model = (await learnText(`${lines(4000, 1).join("\n")}\n`)).model;
});

function verdicts(texts: string[], flags: number): string[] {
  const engine = new Engine(7n);
  engine.useModel(model, "learnt here");
  const chunk = Buffer.from(`${texts.map((text) => JSON.stringify({ log: text })).join("\n")}\n`);
  const parts = [...engine.tag(chunk, { flags: batchFlag.all | flags, seconds })];
  return parts.flatMap(({ output }) => Buffer.from(output).toString().split("\n"));
}

describe("what is known by a text's skeleton", () => {
  it("is what would have been read", () => {
    const texts = lines(40_000, 2);
    const [kept, read] = [verdicts(texts, 0), verdicts(texts, batchFlag.noCache)];
    expect(kept.filter((line) => /"key":"[\d:.a-f]+"/.test(line)).length).toBeGreaterThan(10_000);
    expect(kept.length).toBe(read.length);
    expect(kept.filter((line, i) => line !== read[i]).slice(0, 3)).toEqual([]);
  });

  it("finds a keyword that a text has by its digits alone, however often the same text came with others", () => {
    const escaped = (digits: string) => `{"log":"app: the kernel pan\\u${digits}c of {4711}"}`;
    const member = (digits: string) => String.raw`{"log":"{\"msg\":\"kernel pan\\u${digits}c of {4711}\"}"}`;
    const plain = (digits: string) =>
      `{"log":"Nov 21 02:11:09 host app[47]: it ended on signal ${digits} after {4711} ms"}`;
    const quoted = (digits: string) =>
      `{"log":"app: \\"systemd\\" says code=dumped, status=${digits}/SEGV after {4711}"}`;
    for (const [record, without, withOne] of [
      [escaped, "0070", "0069"],
      [member, "0070", "0069"],
      [plain, "14", "11"],
      [quoted, "17", "11"],
    ] as const) {
      const host = new FilterHost();
      const tagged = (digits: string, i: number) => {
        const text = record(digits).replace("{4711}", String(1000 + i));
        return host.filter(Buffer.from(text), { seconds: Number(seconds) }).output?.includes('"keyword"') ?? false;
      };
      const before = Array.from({ length: 200 }, (_, i) => tagged(without, i));
      expect(before.filter(Boolean)).toEqual([]);
      expect(tagged(withOne, 200)).toBe(true);
    }
  });
});
