/**
 * The target of a request line, taken apart without ever throwing: whatever a peer writes there has a path and a query.
 * Not by `new URL`, which throws for `//` and more, and makes other paths of some.
 */
export interface Target {
  path: string;
  query: URLSearchParams;
  /** Of a target in absolute form, which proxies send: RFC 9112, 3.2.2. */
  authority: string | undefined;
}

const absoluteForm = /^https?:\/\/([^/?#]*)/i;

export function readTarget(text: string): Target {
  const absolute = absoluteForm.exec(text);
  const rest = absolute ? text.slice(absolute[0].length) : text;
  const queryAt = rest.indexOf("?");
  const path = queryAt < 0 ? rest : rest.slice(0, queryAt);
  return {
    path: path === "" && absolute ? "/" : path,
    query: new URLSearchParams(queryAt < 0 ? "" : rest.slice(queryAt + 1)),
    authority: absolute?.[1],
  };
}
