/**
 * A shop's log for the first minute with Oddline: an access log with an application's lines in between, made from a
 * seed. `oddities` are attacks and failures of the kinds that real logs show, for the fresh stretch.
 */
import { background } from "./background.js";
import { Draws } from "./draws.js";

const categories = ["shoes", "shirts", "jackets", "hats", "bags", "socks", "belts", "scarves"];
const words = ["red", "blue", "running", "leather", "summer", "wool", "kids", "sale", "large", "classic"];
const agents = [
  "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
  "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36",
];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export class Shop {
  private readonly random: Draws;
  private readonly customers: string[];

  constructor(
    seed: number,
    public seconds: number,
  ) {
    this.random = new Draws(seed);
    this.customers = Array.from(
      { length: 400 },
      () => `198.51.${this.random.integer(100, 101)}.${this.random.integer(1, 254)}`,
    );
  }

  /** The next line of an ordinary day. */
  line(): string {
    this.seconds += this.random.next() < 0.7 ? 1 : 0;
    return this.random.next() < 0.8 ? this.visit() : this.applicationLine();
  }

  /** One that no customer causes. */
  otherLine(random: Draws): string {
    const line = background(random);
    if ("text" in line) return this.application(line.level, line.text);
    return this.access(line.method, line.target, line.status);
  }

  private visit(): string {
    const { random } = this;
    const article = random.integer(1, 400);
    const roll = random.next();
    if (roll < 0.2) return this.access("GET", "/", 200);
    if (roll < 0.42)
      return this.access("GET", `/category/${random.pick(categories)}?page=${random.integer(1, 9)}`, 200);
    if (roll < 0.65) return this.access("GET", `/article/${article}`, random.next() < 0.01 ? 404 : 200);
    if (roll < 0.75)
      return this.access(
        "GET",
        `/search?q=${random.pick(words)}+${random.pick(words)}&sort=${random.pick(["price", "name"])}`,
        200,
      );
    if (roll < 0.85)
      return this.access(
        "GET",
        `/static/${random.pick(["app.js", "style.css", "logo.svg", "font.woff2"])}`,
        random.next() < 0.3 ? 304 : 200,
      );
    if (roll < 0.91) return this.access("POST", `/cart?id=${article}&count=${random.integer(1, 4)}`, 302);
    if (roll < 0.95) return this.access("GET", "/cart", 200);
    if (roll < 0.98) return this.access("POST", "/login", random.next() < 0.1 ? 401 : 302);
    return this.access("POST", "/checkout", 302);
  }

  private access(method: string, target: string, status: number, host = this.random.pick(this.customers)): string {
    const bytes = status === 302 || status === 304 ? 0 : this.random.integer(300, 40_000);
    return `${host} - - [${this.accessTime()}] "${method} ${target} HTTP/1.1" ${status} ${bytes} "-" "${this.random.pick(agents)}"`;
  }

  private applicationLine(): string {
    const { random } = this;
    const order = random.integer(10_000, 99_999);
    const roll = random.next();
    if (roll < 0.35)
      return this.application(
        "INFO",
        `order ${order} placed, ${random.integer(1, 6)} items, total ${random.integer(5, 300)}.${random.integer(10, 99)} EUR`,
      );
    if (roll < 0.6)
      return this.application("INFO", `payment for order ${order} accepted in ${random.integer(80, 900)} ms`);
    if (roll < 0.8)
      return this.application(
        "DEBUG",
        `cache refreshed: ${random.integer(100, 400)} articles in ${random.integer(5, 60)} ms`,
      );
    if (roll < 0.92) return this.application("INFO", `mail to customer ${random.integer(1000, 9999)} queued`);
    if (roll < 0.98)
      return this.application(
        "WARN",
        `stock of article ${random.integer(1, 400)} is low: ${random.integer(0, 5)} left`,
      );
    return this.application("WARN", `payment for order ${order} declined by the bank`);
  }

  private application(level: string, text: string): string {
    return `${new Date(this.seconds * 1000).toISOString()} ${level} ${text}`;
  }

  private accessTime(): string {
    const at = new Date(this.seconds * 1000);
    const two = (value: number) => String(value).padStart(2, "0");
    return `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
  }

  /** What an operator would want reported, each from a time of its own, or all from now. */
  oddities(times: readonly number[] = []): string[] {
    const makers = [
      () => this.access("POST", "/cart?id=1%27%20OR%201=1--&count=1", 500, "203.0.113.7"),
      () => this.access("GET", "/search?q=%3Cscript%3Ealert(1)%3C/script%3E&sort=price", 200, "203.0.113.7"),
      () => this.access("GET", "/static/..%2f..%2f..%2fetc%2fpasswd", 400, "203.0.113.7"),
      () => this.access("GET", "/wp-login.php", 404, "203.0.113.52"),
      () => this.access("GET", "/.git/config", 404, "203.0.113.52"),
      () => this.access("PROPFIND", "/", 405, "203.0.113.52"),
      () => this.access("GET", "/checkout?debug=true", 500, "198.51.100.23"),
      () => this.application("ERROR", "payment gateway not reachable: connect ECONNREFUSED 192.0.2.14:8443"),
      () =>
        this.application(
          "ERROR",
          "order 48213 failed: java.lang.OutOfMemoryError: Java heap space at com.shop.Cart.total(Cart.java:118)",
        ),
      () => this.application("INFO", "migration 0042_drop_coupons started by deploy"),
    ];
    return makers.map((make, index) => {
      this.seconds = times[index] ?? this.seconds;
      return make();
    });
  }
}

/** How many `oddities` there are. */
const odditiesCount = 10;

/** Of the demo's lines: not caused by customers. */
export const othersShare = 0.02;

/** Ordinary lines, of which customers do not cause such a share, and the oddities spread evenly where asked for. */
export function shopLog(seed: number, seconds: number, lines: number, withOddities: boolean, others = 0): string {
  const shop = new Shop(seed, seconds);
  const random = new Draws(seed + 1000);
  const times: number[] = [];
  const log = Array.from({ length: lines }, () => {
    const line = random.next() < others ? shop.otherLine(random) : shop.line();
    times.push(shop.seconds);
    return line;
  });
  if (!withOddities) return `${log.join("\n")}\n`;
  const gap = Math.floor(lines / (odditiesCount + 1));
  const places = Array.from({ length: odditiesCount }, (_, index) => (index + 1) * gap);
  for (const [index, line] of shop.oddities(places.map((place) => times[place - 1])).entries()) {
    log.splice(places[index] + index, 0, line);
  }
  return `${log.join("\n")}\n`;
}
