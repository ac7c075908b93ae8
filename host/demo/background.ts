/**
 * What comes on any day and no customer of a shop causes: crawlers and scanners ask for what is not there, a little
 * fails, its people do this and that. In a past without any of it each first time would be a sensation.
 */
import type { Draws } from "./draws.js";

const asked = ["/robots.txt", "/favicon.ico", "/sitemap.xml", "/apple-touch-icon.png"];
const probed =
  "admin backup config test old new shop setup install phpinfo info console login wp user data db site cgi";
const endings = ["", "", "/", ".php", ".zip", ".bak", ".asp", ".jsp", ".txt", ".old"];
const names = ["anna", "ben", "carla", "dirk"];

/** A line without its time: a request, or what the application says. */
export type Background = { method: string; target: string; status: number } | Said;

interface Said {
  level: string;
  text: string;
}

export function background(random: Draws): Background {
  const roll = random.next();
  if (roll < 0.35) return { method: "GET", target: random.pick(asked), status: 404 };
  if (roll < 0.6) {
    const words = probed.split(" ");
    const folder = random.next() < 0.3 ? `/${random.pick(words)}` : "";
    return { method: "GET", target: `${folder}/${random.pick(words)}${random.pick(endings)}`, status: 404 };
  }
  if (roll < 0.7) return { method: "GET", target: "/", status: 400 };
  if (roll < 0.75) return { method: random.pick(["HEAD", "OPTIONS"]), target: "/", status: 200 };
  if (roll < 0.8) return { method: "GET", target: random.pick(["/", "/cart", "/checkout"]), status: 500 };
  return said(random);
}

function said(random: Draws): Said {
  const number = random.integer(1000, 9999);
  const name = random.pick(names);
  return random.pick<Said>([
    { level: "ERROR", text: `mail to customer ${number} failed: connect ETIMEDOUT 192.0.2.25:25` },
    { level: "ERROR", text: `order ${number}0 not exported: the file is locked` },
    { level: "WARN", text: `slow query: ${number} ms for the list of articles` },
    { level: "INFO", text: `price list imported by ${name}: ${number} articles` },
    { level: "INFO", text: `coupon SALE${number} created by ${name}` },
    { level: "INFO", text: `release ${number} started` },
    { level: "INFO", text: `search index built again in ${number} ms` },
  ]);
}
