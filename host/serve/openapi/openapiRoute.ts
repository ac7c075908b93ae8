/** `GET /openapi.json`: what the server answers to, for people and generators. */
import { readFileSync } from "node:fs";
import { answerText, type Route } from "../http/route.js";

const error = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: {
        code: { type: "string", description: "stable, for programs" },
        message: { type: "string", description: "for people" },
        index: { type: "integer", description: "which entry of the body it is about, from 0" },
      },
    },
  },
};

const entry = {
  type: "object",
  required: ["ipAddress"],
  properties: {
    timestamp: {
      description: "RFC 3339 (without a zone: UTC), Unix seconds or milliseconds; the time of arrival where absent",
      oneOf: [{ type: "string" }, { type: "number" }],
    },
    ipAddress: { type: "string", maxLength: 256, description: "what errors and requests are counted per" },
    apiEndpoint: { type: "string" },
    message: { type: "string", description: "searched for keywords" },
    isError: { type: "boolean", default: false },
  },
};

const result = {
  type: "object",
  required: ["entry", "state", "event"],
  properties: {
    entry: { $ref: "#/components/schemas/Entry" },
    count: { type: "integer", description: "how many within the window, where a detector has something to say" },
    threshold: { type: "number", description: "what the count had to exceed" },
    keyword: { type: "string", description: "the keyword that was found" },
    reason: { type: "string", description: "one sentence for a person" },
    state: { enum: ["NORMAL", "ERROR_RATE_ALERT", "TRAFFIC_ALERT", "KEYWORD_ALERT"] },
    event: { enum: ["KEYWORD_DETECTED", "HIGH_ERROR_RATE", "HIGH_TRAFFIC", "NORMAL_ACTIVITY", null] },
  },
};

const choice = (name: string, values: string[], description: string) => ({
  name,
  in: "query",
  description,
  schema: { enum: values, default: values[0] },
});
const refused = (description: string) => ({
  description,
  content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
});
const lines = (description: string) => ({ type: "string", description });

export function openApi(version: string): Record<string, unknown> {
  return {
    openapi: "3.1.0",
    info: { title: "Oddline", version, description: "Tags what is odd in logs." },
    paths: {
      "/detect-error-anomalies": {
        post: {
          summary: "Streams a result for each entry that changes its address's state, while entries come in",
          description:
            "A result is written as soon as its entry is read; a client that sends a long body has to read meanwhile, or the server stops reading. State is the request's own unless shared.",
          parameters: [
            choice("results", ["changes", "tagged", "all"], "which entries get a result"),
            choice("rule", ["windowed", "series"], "the filter's windowed rules, or the series rule over all entries"),
            choice("shared", ["false", "true"], "keep the state between requests"),
          ],
          requestBody: {
            required: true,
            content: {
              "application/x-ndjson": { schema: lines("an Entry a line") },
              "application/json": { schema: { type: "array", items: { $ref: "#/components/schemas/Entry" } } },
            },
          },
          responses: {
            200: {
              description: "a Result or an Error a line; the rest goes on after an error",
              content: {
                "application/x-ndjson": {
                  schema: { oneOf: [{ $ref: "#/components/schemas/Result" }, { $ref: "#/components/schemas/Error" }] },
                },
                "text/event-stream": { schema: lines("the same as data: lines, errors as event: problem; by Accept") },
              },
            },
            400: refused("a wrong query"),
            401: refused("a wrong bearer token, or none"),
            403: refused("a web page, or another name for the loopback address"),
            415: refused("an unknown content encoding"),
            503: refused("too many requests at work"),
          },
        },
      },
      "/v1/transform": {
        post: {
          summary:
            "Tags events: a batch of Vector's http sink in, the tagged events out, or on to its http_server source",
          description:
            'With a source to hand on to (--forward) the request is held until that has answered; 400 then says that a sink behind it has rejected the events, everything else that went wrong is a 503: come again with the same bytes, they are judged once. A line that is no JSON object becomes {"message": line}.',
          requestBody: {
            required: true,
            content: {
              "application/x-ndjson": { schema: lines("an event a line") },
              "application/json": { schema: { type: "array", items: { type: "object" } } },
              "application/octet-stream": { schema: lines("Vector's native codec, length-delimited frames") },
            },
          },
          responses: {
            200: {
              description: "the events, odd ones with an anomaly member; no body where they were handed on",
              content: {
                "application/x-ndjson": { schema: lines("an event a line, in order") },
                "application/octet-stream": { schema: lines("the same frames, where these came in") },
              },
            },
            400: refused("handed on: rejected by a sink behind; otherwise a damaged body"),
            401: refused("a wrong bearer token, or none (503 where events are handed on)"),
            403: refused("a web page, or another name for the loopback address (503 where events are handed on)"),
            413: refused("too large a body (503 where events are handed on)"),
            415: refused("an unknown content encoding (503 where events are handed on)"),
            503: refused("too much at work, or the source behind could not take the events: come again"),
          },
        },
      },
      "/healthz": {
        get: { summary: "200 while the process serves", security: [], responses: { 200: { description: "ok" } } },
      },
      "/metrics": { get: { summary: "Prometheus metrics", responses: { 200: { description: "text format 0.0.4" } } } },
      "/openapi.json": {
        get: { summary: "This description", security: [], responses: { 200: { description: "OpenAPI 3.1" } } },
      },
    },
    components: {
      schemas: { Entry: entry, Result: result, Error: error },
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
    security: [{ token: [] }, {}],
  };
}

export function openApiRoute(): Route {
  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
  const text = `${JSON.stringify(openApi(version), null, 2)}\n`;
  return {
    method: "GET",
    path: "/openapi.json",
    open: true,
    handle: ({ response }) => answerText(response, 200, "application/json", text),
  };
}
