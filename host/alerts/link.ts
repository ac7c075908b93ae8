/** Where a person finds an alert's log lines: Grafana's Explore where there is one, else Loki's own answer. */

export interface LinkSettings {
  lokiUrl: URL;
  query: string;
  windowSeconds: number;
  grafanaUrl?: URL;
  /** Grafana's uid of the Loki data source. */
  datasource?: string;
}

export function linkTo(settings: LinkSettings, subject: Record<string, string>, startMs: number): string {
  const query = Object.values(subject).reduce((text, value) => `${text} |= ${JSON.stringify(value)}`, settings.query);
  const endMs = startMs + settings.windowSeconds * 1000;
  const { grafanaUrl, datasource } = settings;
  if (grafanaUrl) {
    const uid = datasource ?? "loki";
    const pane = {
      datasource: uid,
      queries: [{ refId: "A", expr: query, datasource: { type: "loki", uid } }],
      range: { from: `${startMs}`, to: `${endMs}` },
    };
    const search = new URLSearchParams({ schemaVersion: "1", panes: JSON.stringify({ odd: pane }), orgId: "1" });
    return `${withoutSlash(grafanaUrl)}/explore?${search}`;
  }
  const search = new URLSearchParams({ query, start: `${startMs}000000`, end: `${endMs}000000`, limit: "1000" });
  return `${withoutSlash(settings.lokiUrl)}/loki/api/v1/query_range?${search}`;
}

function withoutSlash(url: URL): string {
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
