/**
 * Every setting of `oddline.yaml`: meaning, range, default, and, where the filter has it, its name there and its place
 * in the model's configuration section. Types, checks, schema, table of settings and the filter's reader follow from
 * it.
 */
import { isIP } from "node:net";
import { keywordLimits, severities } from "./keywords.js";
import {
  choice,
  type DateSetting,
  duration,
  flag,
  integer,
  list,
  number,
  object,
  text,
  withoutDefaults,
} from "./schema.js";
import { carried, detecting, matched, sectionLimits, silenced, switched } from "./sectionLayout.js";

const day = 86_400;

/** `a.b.c`: members of nested objects, or a member whose own name has dots. */
const fieldPath = text(128, "a field of the record; a.b.c looks into nested objects", {
  expected: `a field path such as log or http.request.ip, at most ${sectionLimits.pathParts} parts`,
  holds: (value) =>
    value.split(".").length <= sectionLimits.pathParts && value.split(".").every((part) => part.length > 0),
});
const fieldPaths = (value: string[], about: string) => list(fieldPath, sectionLimits.paths, value, about);

const network = text(64, "an address, or a network such as 10.0.0.0/8 or 2001:db8::/32", {
  expected: "an address or a network in CIDR form",
  holds: (value) => {
    const [address, bits, ...rest] = value.split("/");
    const family = isIP(address);
    if (family === 0 || rest.length > 0) return false;
    return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
  },
});

const detectors = object(
  {
    keyword: detecting(0, "detectKeyword", flag(true, "words that raise an alert by themselves")),
    errorRate: detecting(1, "detectErrorRate", flag(true, "more errors of one key within the window than usual")),
    traffic: detecting(2, "detectRequestRate", flag(true, "more requests of one key within the window than usual")),
    novelty: detecting(
      3,
      "detectNovelty",
      flag(true, "values, words and shapes that were never learnt; needs a model"),
    ),
    outlier: detecting(4, "detectOutlier", flag(true, "texts unlike any known pattern; needs a model")),
    burst: detecting(
      6,
      "detectBurst",
      flag(true, "more lines of one kind within the window than ever while learning; needs a model"),
    ),
    network: detecting(5, "detectNetwork", flag(true, "unusual bytes and flows to one destination; needs a model")),
  },
  "what to look for",
);

const fields = object(
  {
    message: fieldPaths([], "where the log line is; else log, message, MESSAGE, msg and other usual names"),
    level: fieldPaths([], "where the level is, above what the line says; else level, severity and other usual names"),
    status: fieldPaths(
      [],
      "where an HTTP status is, above what the line says; else status, code and other usual names",
    ),
    endpoint: fieldPaths([], "which endpoint traffic is counted for; else the request's path"),
  },
  "where to look in the record and in a line that is JSON or key=value itself: the first field that is there counts",
);

const key = object(
  {
    fields: fieldPaths(
      [],
      "what windows are kept per, an address or any other value such as a user or a tenant: the first field that is there counts, else the client's address found in the record or in the line",
    ),
    forwarded: fieldPaths(
      ["http_x_forwarded_for", "x_forwarded_for", "x-forwarded-for", "X-Forwarded-For"],
      "where a proxy writes whom it speaks for (X-Forwarded-For, or Forwarded of RFC 7239); read only where the peer is a trusted proxy",
    ),
    trustedProxies: list(
      network,
      256,
      [],
      "proxies that are trusted to name the client; without any, no such field is read",
    ),
  },
  "whom an event is counted for",
);

/** `name` is what the filter calls it: errorsFloor, errorsMultiplier. */
const rule = (name: string, offset: number, floor: number, about: string) => ({
  floor: carried(
    "rules",
    offset,
    "f64",
    `${name}Floor`,
    integer(floor, 1, 1_000_000_000, `${about} within the window that are never too many`),
  ),
  multiplier: carried(
    "rules",
    offset + 8,
    "f64",
    `${name}Multiplier`,
    number(3, 0, 1000, "how many times the mean of what calm keys do is too many"),
  ),
});
const errors = object(
  {
    ...rule("errors", 0, 5, "errors of one key"),
    clientErrors: switched(4, "clientErrors", flag(false, "whether a status from 400 to 499 counts as an error")),
  },
  "when errors alert",
);
const requests = object(rule("requests", 16, 100, "requests of one key"), "when traffic alerts");
const endpoints = object(
  {
    enabled: switched(5, "perEndpoint", flag(false, "count traffic per key and endpoint as well")),
    ...rule("endpoints", 32, 100, "requests of one key to one endpoint"),
  },
  "when traffic to one endpoint alerts",
);

const keyword = object(
  {
    word: text(keywordLimits.wordBytesMax, "what to look for in the message"),
    words: list(text(keywordLimits.wordBytesMax, "what to look for"), 1000, undefined, "several of them, any is a hit"),
    name: text(200, "what the tag shows; the word itself where nothing is said"),
    severity: choice("medium", severities, "severity of the tag"),
    wholeWord: flag(false, "not as a part of a longer word"),
    matchCase: flag(false, "upper and lower case must agree"),
    minCount: integer(1, 1, 1_000_000, "hits by one key within the window before it alerts"),
    isError: flag(false, "an event with it counts as an error"),
    weigh: {
      ...flag(
        true,
        "where the lines learnt from often had it, only unusually many hits alert; false for severity high",
      ),
      default: undefined,
    },
  },
  "a keyword; a plain text is one with nothing else said",
  { oneOf: ["word", "words"], shorthand: "word" },
);

const until: DateSetting = { kind: "date", about: "the last day it is kept quiet, such as 2026-12-31 (UTC)" };

/** What a profile may set otherwise. */
export const profileSettings = {
  enabled: switched(0, "enabled", flag(true, "false: every event passes unchanged")),
  mode: switched(
    1,
    "shadow",
    choice("tag", ["tag", "shadow"], "shadow counts what would be tagged but tags nothing"),
    "shadow",
  ),
  tagAll: switched(
    2,
    "tagEveryEvent",
    flag(false, "add an anomaly field to every event, even where nothing is anomalous"),
  ),
  detectors,
  fields,
  key,
  errors,
  requests,
  endpoints,
  severity: object(
    {
      medium: carried(
        "severity",
        0,
        "f64",
        "severityMedium",
        number(2, 1, 1000, "rates that are this many times their threshold are of medium severity"),
      ),
      high: carried(
        "severity",
        8,
        "f64",
        "severityHigh",
        number(4, 1, 1000, "rates that are this many times their threshold are of high severity"),
      ),
    },
    "how severe a rate is; novelty and outliers go by how rare their score is, keywords have their own",
  ),
};

export const settings = object(
  {
    ...profileSettings,
    reasons: switched(
      7,
      "reasonShapes",
      choice("words", ["words", "shapes"], "whether reasons quote the line, or show the shapes of its values"),
      "shapes",
    ),
    texts: flag(
      true,
      "whether a model keeps masked texts of patterns and names of parameters, which reasons then quote as known",
    ),
    trustUpstream: switched(
      3,
      "trustUpstream",
      flag(false, "keep an anomaly member that the event came with, for shippers in a chain"),
    ),
    alerts: switched(
      6,
      "alertsEvery",
      choice(
        "few",
        ["few", "every"],
        "few: an alert is reported when it begins, as its count doubles, after 5, 20, 80 … 3,600 s, and when it ends; every: by each event that counts",
      ),
      "every",
    ),
    falsePositiveShare: number(0.001, 0.000001, 0.1, "share of ordinary events that may be tagged by learnt detectors"),
    windows: object(
      {
        seconds: carried(
          "windows",
          0,
          "u32",
          "windowSeconds",
          integer(60, 12, 86_400, "length of the window", {
            expected: "a multiple of 12 (a window is twelve buckets)",
            holds: (value) => value % 12 === 0,
            multipleOf: 12,
          }),
        ),
        size: carried(
          "windows",
          4,
          "u32",
          "queueMax",
          integer(100, 1, 10_000, "how many counts the threshold's mean is taken over"),
        ),
        keys: carried(
          "windows",
          8,
          "u32",
          "keysMax",
          integer(16_384, 64, 1_048_576, "keys that are tracked; the heaviest stay when there are more", {
            expected: "a power of two",
            holds: (value) => Number.isInteger(Math.log2(value)),
            powerOfTwo: true,
          }),
        ),
        alertEnd: carried(
          "windows",
          16,
          "f64",
          "alertEnd",
          number(0.8, 0.01, 1, "an alert ends when the count falls to this fraction of its threshold"),
        ),
        ipv6Prefix: carried(
          "addresses",
          0,
          "u32",
          "ipv6Prefix",
          integer(64, 1, 128, "bits of an IPv6 address that windows are kept per; 128: each address has its own"),
        ),
      },
      "how errors, requests and keywords are counted",
    ),
    keywords: object(
      {
        defaults: flag(true, "look for the built-in list as well"),
        list: list(keyword, keywordLimits.keywords, [], "further keywords"),
      },
      "words that alert",
    ),
    known: list(
      object(
        {
          pattern: text(512, "a part of what is matched; * stands for anything"),
          reason: text(512, "why it is nothing to worry about"),
          until,
          match: choice(
            "request",
            matched,
            "requests by method, path and status (GET /health 500), target: with their query, line: all of the line",
          ),
          silences: list(
            choice(undefined, silenced, "a detector"),
            silenced.length,
            ["novelty", "outlier"],
            "detectors that are kept quiet; a keyword that the pattern names is in any case",
          ),
        },
        "a message to keep quiet about",
        { required: ["pattern", "reason", "until"] },
      ),
      sectionLimits.known,
      [],
      "messages that are known to be harmless and are not tagged",
    ),
    profiles: list(
      object(
        {
          name: text(64, "how messages call it"),
          tag: text(256, "for events with a shipper tag like this; * stands for anything"),
          source: text(256, "for events whose source field is like this; * stands for anything"),
          ...Object.fromEntries(Object.entries(profileSettings).map(([name, field]) => [name, withoutDefaults(field)])),
        },
        "other settings for some events",
        { required: ["name"], oneOf: ["tag", "source"] },
      ),
      sectionLimits.profiles,
      [],
      "settings for parts of the logs; the first profile that matches applies",
    ),
    source: fieldPaths(
      [],
      "where the name is that profiles call source; else source, or the program or logger that the line names",
    ),
    model: object(
      {
        maxAge: carried(
          "intervals",
          16,
          "i64",
          "modelAgeSecondsMax",
          duration(14 * day, 0, 3650 * day, "the filter logs once a day that a model is older than this; 0s: never"),
        ),
        checkEvery: carried(
          "intervals",
          8,
          "u32",
          "modelCheckSeconds",
          duration(5, 1, 3600, "how often the filter looks for a new model file"),
        ),
      },
      "the model file",
    ),
    counts: object(
      {
        every: carried(
          "intervals",
          0,
          "u32",
          "countsEverySeconds",
          duration(60, 0, day, "how often the filter writes its counts to stderr; 0s: never"),
        ),
      },
      "the line that shows the filter is alive",
    ),
    state: object(
      {
        saveEvery: carried(
          "intervals",
          4,
          "u32",
          "saveEverySeconds",
          duration(30, 0, 3600, "how often windows are saved for a restart; 0s: never"),
        ),
        seed: integer(
          0,
          0,
          Number.MAX_SAFE_INTEGER,
          "seed of the hashes, for comparisons; 0: random, kept in the state",
        ),
      },
      "what survives a restart",
    ),
    learn: object(
      {
        embedder: choice(
          "builtin",
          ["builtin", "minilm"],
          "what turns words into vectors; minilm needs an optional package",
        ),
      },
      "how refresh learns",
    ),
  },
  "Configuration of Oddline",
);
