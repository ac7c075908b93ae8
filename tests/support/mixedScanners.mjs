/** An ordinary Apache log with two scanners at work in it, each at its own pace under an address of its own. */
/** @typedef {"acunetix" | "netsparker"} Scanner */

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** @type {Record<Scanner, string>} */
export const scanners = { acunetix: "203.0.113.10", netsparker: "203.0.113.20" };
/** Lines of the ordinary log at whose times the scans begin. */
const beginnings = { acunetix: 700, netsparker: 2200 };

/**
 * `ordinary` and each of `scans` (by the names of `scanners`) are lines; all of them, in the order of time.
 * @param {string[]} ordinary
 * @param {Record<Scanner, string[]>} scans
 */
export function mixScanners(ordinary, scans) {
  const rows = ordinary.map((line) => ({ line, at: secondsOf(line) }));
  for (const [name, address] of /** @type {[Scanner, string][]} */ (Object.entries(scanners))) {
    const shift = rows[beginnings[name]].at - Math.min(...scans[name].map(secondsOf));
    for (const line of scans[name]) {
      const at = secondsOf(line) + shift;
      rows.push({ line: timed(line.replace(/^\S+/, address), at), at });
    }
  }
  return rows.sort((a, b) => a.at - b.at).map(({ line }) => line);
}

/**
 * Whose line it is, by its client.
 * @param {string | undefined} client
 * @returns {Scanner | "ordinary"}
 */
export function sourceOf(client) {
  return (
    /** @type {[Scanner, string][]} */ (Object.entries(scanners)).find(([, address]) => address === client)?.[0] ??
    "ordinary"
  );
}

function secondsOf(line) {
  const [, day, month, year, clock] = /\[(\d+)\/(\w+)\/(\d+):(\S+)/.exec(line) ?? [];
  return Date.parse(`${year}-${String(months.indexOf(month) + 1).padStart(2, "0")}-${day}T${clock}Z`) / 1000;
}

function timed(line, seconds) {
  const iso = new Date(seconds * 1000).toISOString();
  const [date, clock] = [iso.slice(0, 10).split("-"), iso.slice(11, 19)];
  return line.replace(/\[[^\]]+\]/, `[${date[2]}/${months[+date[1] - 1]}/${date[0]}:${clock} +0000]`);
}
