/**
 * What the filter writes into `anomaly` (assembly/verdict/anomalyJson.ts). README's table and the lists of the Fluent
 * Bit configurations are made from it (npm run generate); a test holds the filter's source and the documents to it.
 */
import { typeNames } from "./layout.js";

export interface AnomalyField {
  name: string;
  type: "number" | "text";
  /**
   * On which events: every tagged one, those that are odd, those that change the state, or both, those of detectors.
   */
  on: "tagged" | "odd" | "changes" | "odd or changes" | readonly string[];
  meaning: string;
}

export const anomalyStates = ["NORMAL", "KEYWORD_ALERT", "ERROR_RATE_ALERT", "TRAFFIC_ALERT", "BURST_ALERT"] as const;
export const anomalyEvents = [
  "KEYWORD_DETECTED",
  "HIGH_ERROR_RATE",
  "HIGH_TRAFFIC",
  "BURST",
  "NORMAL_ACTIVITY",
] as const;

const listed = (values: readonly string[]) => values.map((value) => `\`${value}\``).join(", ");

export const anomalyFields: readonly AnomalyField[] = [
  {
    name: "score",
    type: "number",
    on: "tagged",
    meaning: "the largest detector's value over its own threshold: above 1 is anomalous",
  },
  { name: "type", type: "text", on: "odd", meaning: `which detector that was: ${listed(typeNames)}` },
  {
    name: "severity",
    type: "text",
    on: "odd",
    meaning:
      "how rare: `low`, `medium`, `high` ([docs/learning.md](docs/learning.md#severity)); as configured for a keyword",
  },
  {
    name: "reason",
    type: "text",
    on: "odd or changes",
    meaning: "one sentence for a person; it may quote the line, unless `reasons: shapes` is set",
  },
  { name: "p", type: "number", on: ["novelty"], meaning: "the probability of this value in this field" },
  { name: "cluster", type: "number", on: ["outlier"], meaning: "the nearest known pattern" },
  { name: "distance", type: "number", on: ["outlier"], meaning: "how far away that pattern is" },
  { name: "keyword", type: "text", on: ["keyword"], meaning: "the keyword that was found" },
  {
    name: "count",
    type: "number",
    on: ["keyword", "error_rate", "traffic", "burst"],
    meaning: "how many from this key within the window",
  },
  {
    name: "threshold",
    type: "number",
    on: ["error_rate", "traffic", "burst"],
    meaning: "what the count had to exceed",
  },
  { name: "source", type: "text", on: ["network"], meaning: "who sends, where windows of traffic are kept per sender" },
  {
    name: "destination",
    type: "text",
    on: ["network"],
    meaning: "who receives, unless they are kept per sender alone",
  },
  { name: "bytes", type: "number", on: ["network"], meaning: "the bytes of that window of traffic" },
  {
    name: "key",
    type: "text",
    on: "tagged",
    meaning: "the client address, or what is configured as the key, if the event has one",
  },
  { name: "state", type: "text", on: "tagged", meaning: `the key's state: ${listed(anomalyStates)}` },
  { name: "event", type: "text", on: "changes", meaning: `the change of that state: ${listed(anomalyEvents)}` },
  { name: "model", type: "text", on: "tagged", meaning: "the version of the model, if there is one" },
];
