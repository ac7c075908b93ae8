/**
 * Reads the reasons of a log's tags as a person would who has the learnt lines beside them: what is quoted stands in
 * the line, what is said to have come in none of them did not. Plain regular expressions on the lines, nothing of the
 * filter.
 */
const requestOf = (line) => /"([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?" (\d{3})/.exec(line)?.slice(1);

/** Percent-encoding undone, twice where it was applied twice. */
const decode = (text) =>
  text.replace(/%25([0-9a-f]{2})|%([0-9a-f]{2})|\+/gi, (sign, twice, once) =>
    sign === "+" ? " " : String.fromCharCode(Number.parseInt(twice ?? once, 16)),
  );
const shown = (text) => text.replace(/[^\x20-\x7e]/g, "?");
const anyNumber = (text) => text.replace(/\d+/g, "0");
/** Numbers of as many digits are alike: what is a time with two may be none with one. */
const anyDigit = (text) => text.replace(/\d/g, "0");

function partsOf(target) {
  const [path, query] = target.split(/\?(.*)/s);
  const names = (query ?? "").split("&").filter((pair) => pair !== "");
  return {
    segments: path
      .split("/")
      .slice(1)
      .map((segment) => anyNumber(shown(decode(segment)))),
    parameters: names.map((pair) => {
      const [name, value = ""] = pair.split(/=(.*)/s);
      return { name: anyNumber(shown(decode(name))), value: shown(decode(value)) };
    }),
  };
}

/** What was learnt, as far as reasons speak of it. `lines`: one byte a character. */
export class LearntLog {
  constructor(lines) {
    this.requests = lines.flatMap((line) => {
      const request = requestOf(line);
      return request ? [{ method: request[0], status: request[2], ...partsOf(request[1]) }] : [];
    });
    this.texts = new Set(lines.map(anyDigit));
  }

  /** What is wrong with a reason, for a person who also has the line; undefined where nothing is. */
  flaw(reason, line) {
    if (Buffer.byteLength(reason) > 200) return "longer than 200 bytes";
    if (/[^\x20-\x7e]/.test(reason)) return "not printable ASCII";
    if (/\bnever\b/.test(reason)) return "says never";
    return this.misquoted(reason, line) ?? this.untrue(reason, line);
  }

  misquoted(reason, line) {
    const own = shown(line) + shown(decode(line)) + shown(unescaped(line));
    const told = reason.replace(/; nearest known, .*$/s, "");
    for (const [, quoted] of told.matchAll(/ "(?:\.\.\.)?(.*?)(?:\.\.\.)?"(?=[;:]|$| in | \d)/gs)) {
      if (!own.includes(quoted.replace(/\.\.\.$/, ""))) return `quotes ${JSON.stringify(quoted)}`;
    }
    return undefined;
  }

  untrue(reason, line) {
    const request = requestOf(line);
    if (/new message ".*"; (none like it|nearest known)/s.test(reason))
      return this.texts.has(anyDigit(line)) ? "the very text was learnt" : undefined;
    if (!request) return undefined;
    const { segments, parameters } = partsOf(request[1]);
    const path = segments.join("/");
    const onPath = (each) => each.segments.join("/") === path;
    const had = (what) => (this.requests.some(what) ? "a learnt request had it" : undefined);
    if (/^method [A-Z]+: none of/.test(reason)) return had(({ method }) => method === request[0]);
    if (/^status \d+: none of/.test(reason)) return had(({ status }) => status === request[2]);
    if (/^method [A-Z]+ on .*: none of/.test(reason)) return had((each) => onPath(each) && each.method === request[0]);
    if (/^status \d+ on .*: none of/.test(reason)) return had((each) => onPath(each) && each.status === request[2]);
    if (/^new path /.test(reason)) return had(({ segments: each }) => each.join("/") === path);
    const [, name] = /^parameter (.*) of .*: none of/s.exec(reason) ?? [];
    if (name) return had((each) => onPath(each) && each.parameters.some((other) => other.name === anyNumber(name)));
    const [, of, claim] = /^(.*?) of \S+ is ".*"; (.*)$/s.exec(reason) ?? [];
    if (!of || !parameters.some((each) => each.name === anyNumber(of))) return undefined;
    const values = this.requests
      .filter(onPath)
      .flatMap((each) => each.parameters.filter((other) => other.name === anyNumber(of)).map(({ value }) => value));
    if (/^only digits in/.test(claim)) return values.every((value) => /^\d+$/.test(value)) ? undefined : "other values";
    if (/^empty in/.test(claim)) return values.every((value) => value === "") ? undefined : "other values";
    const [, ofSite] = /^"([^0-9A-Za-z ?])" in parameters of none of [\d,]+ requests$/.exec(claim) ?? [];
    if (ofSite) return had((each) => each.parameters.some(({ value }) => value.includes(ofSite)));
    const [, edge, where] = /^"([^0-9A-Za-z ?])" at its (start|end) in none of [\d,]+ requests$/.exec(claim) ?? [];
    const isAtEdge = (/** @type {string} */ value) => (where === "end" ? value.endsWith(edge) : value.startsWith(edge));
    if (edge) return values.some(isAtEdge) ? `a learnt value has ${edge} at its ${where}` : undefined;
    const [, sign] = /^"([^0-9A-Za-z ?])" in none of [\d,]+ requests$/.exec(claim) ?? [];
    return sign && values.some((value) => value.includes(sign)) ? `a learnt value has ${sign}` : undefined;
  }
}

/** The message of a JSON line as the filter reads it. */
const unescaped = (line) => line.replace(/\\(["\\/nrtbf])/g, (_, sign) => (/[a-z]/.test(sign) ? " " : sign));
