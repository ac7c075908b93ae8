/** Ordinary days of a shop and of an sshd, from a seed. */
import { Draws } from "#host/demo/draws.js";
import { Shop } from "#host/demo/shop.js";

const start = Date.UTC(2026, 10, 20, 8) / 1000;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** As access logs write it. @param {number} seconds */
export function accessTime(seconds) {
  const at = new Date(seconds * 1000).toISOString();
  return `${at.slice(8, 10)}/${months[Number(at.slice(5, 7)) - 1]}/${at.slice(0, 4)}:${at.slice(11, 19)} +0000`;
}

/**
 * @param {number} seed
 * @param {number} count
 * @param {(line: string) => boolean} isWanted
 */
function shopLines(seed, count, isWanted) {
  const shop = new Shop(seed, start);
  /** @type {string[]} */
  const lines = [];
  while (lines.length < count) {
    const line = shop.line();
    if (isWanted(line)) lines.push(line);
  }
  return lines;
}

/** @param {string} line */
const isVisit = (line) => line.includes('HTTP/1.1"');
/** @param {number} seed @param {number} count */
export const shopVisits = (seed, count) => shopLines(seed, count, isVisit);
/** @param {number} seed @param {number} count */
export const shopApplication = (seed, count) => shopLines(seed, count, (line) => !isVisit(line));

const users = ["deploy", "backup", "anna", "jonas", "mira"];

/**
 * An sshd's ordinary day: people and jobs that come and go, a wrong password now and then.
 * @param {number} seed
 * @param {number} sessions
 */
export function sshdLines(seed, sessions) {
  const random = new Draws(seed);
  /** @type {string[]} */
  const lines = [];
  let seconds = start;
  for (let i = 0; i < sessions; i++) {
    seconds += random.integer(5, 90);
    const at = new Date(seconds * 1000);
    const day = `${months[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)}`;
    const head = `${day} ${at.toISOString().slice(11, 19)} web1 sshd[${random.integer(900, 32_000)}]: `;
    const user = random.pick(users);
    const peer = `192.0.2.${random.integer(10, 40)} port ${random.integer(32_768, 60_999)}`;
    if (random.next() < 0.08) lines.push(`${head}Failed password for ${user} from ${peer} ssh2`);
    const how = random.next() < 0.7 ? "publickey" : "password";
    lines.push(
      `${head}Accepted ${how} for ${user} from ${peer} ssh2`,
      `${head}pam_unix(sshd:session): session opened for user ${user} by (uid=0)`,
      `${head}Received disconnect from ${peer}:11: disconnected by user`,
      `${head}Disconnected from user ${user} ${peer}`,
      `${head}pam_unix(sshd:session): session closed for user ${user}`,
    );
  }
  return lines;
}
