/** Which lines tell of a login: the filter, by hashes of word pairs, against the list of phrases. */
import { describe, expect, it } from "vitest";
import { loginKinds } from "../../host/signatures/loginAttempts.js";
import { Engine } from "../../host/wasm/engine.js";
import { learningRecords } from "../../host/wasm/learningRecords.js";
import { seededRandom } from "../support/hostile.mjs";
import { loginPhrases, referenceLogin } from "./reference/logins.js";

const engine = new Engine();

function loginsOf(lines: string[]): string[] {
  const bytes = Buffer.from(`${lines.join("\n")}\n`);
  return [...engine.signatures(bytes, { flags: 0, seconds: 0n })].flatMap(({ records }) =>
    Array.from(learningRecords(records), ({ login }) => loginKinds[login]),
  );
}

describe("a text that tells of a login", () => {
  it("is recognised by each phrase, in any case, with signs between the words", () => {
    const lines = loginPhrases.flatMap(([phrase]) => [
      `x ${phrase} y`,
      phrase.toUpperCase(),
      phrase.replace(" ", ": "),
    ]);
    const expected = loginPhrases.flatMap(([phrase, login]) => [
      login,
      login,
      phrase.indexOf(" ") >= 4 ? login : referenceLogin(phrase.replace(" ", ": ")),
    ]);
    expect(loginsOf(lines)).toEqual(expected);
  });

  it("is one of several daemons' lines", () => {
    const lines: [line: string, login: string][] = [
      ["sshd[9]: Failed password for invalid user admin from 203.0.113.9 port 51514 ssh2", "failed"],
      ["sshd[9]: Invalid user admin from 203.0.113.9 port 51514", "hinted"],
      ["sshd[9]: Connection closed by authenticating user root 203.0.113.9 port 5 [preauth]", "hinted"],
      ["sshd[9]: Accepted publickey for bob from 203.0.113.9 port 51514 ssh2: ED25519 SHA256:x", "succeeded"],
      ["sshd[9]: pam_unix(sshd:auth): authentication failure; logname= uid=0 rhost=203.0.113.9 user=root", "refused"],
      ["sshd[9]: pam_unix(sshd:session): session opened for user bob by (uid=0)", "succeeded"],
      ["dropbear[8]: Bad password attempt for 'root' from 203.0.113.9:5555", "failed"],
      ["dropbear[8]: Password auth succeeded for 'root' from 203.0.113.9:5555", "succeeded"],
      ['vsftpd[7]: [bob] FAIL LOGIN: Client "203.0.113.9"', "failed"],
      ['vsftpd[7]: [bob] OK LOGIN: Client "203.0.113.9"', "succeeded"],
      ["dovecot: imap-login: Disconnected (auth failed, 3 attempts in 6 secs): user=<a>, rip=203.0.113.9", "failed"],
      ["dovecot: imap-login: Login: user=<a>, method=PLAIN, rip=203.0.113.9, lip=192.0.2.1", "succeeded"],
      ["postfix/smtpd[6]: warning: x[203.0.113.9]: SASL LOGIN authentication failed: UGFzc3dvcmQ6", "failed"],
      ["su[5]: FAILED SU (to root) bob on pts/0", "failed"],
      ["sudo[5]: bob : 3 incorrect password attempts ; TTY=pts/0", "failed"],
      ["login[4]: FAILED LOGIN (1) on '/dev/tty1' FOR 'root', Authentication failure", "failed"],
      ["cron[3]: (root) CMD (run-parts /etc/cron.hourly)", "none"],
      ["app[2]: invalid argument, password unchanged", "none"],
    ];
    expect(loginsOf(lines.map(([line]) => `Nov 21 02:11:09 gate ${line}`))).toEqual(lines.map(([, login]) => login));
  });

  it("agrees with the list on texts of its words, in any order", () => {
    const random = seededRandom(3);
    const words = [
      ...new Set(loginPhrases.flatMap(([phrase]) => phrase.split(" "))),
      "for",
      "from",
      "the",
      "Passwords",
    ];
    const signs = [" ", " ", " ", " ", ": ", "_", "-", " (", ", "];
    const pick = <T>(some: readonly T[]) => some[Math.floor(random() * some.length)];
    const lines = Array.from({ length: 4000 }, () => {
      let text = "it says: ";
      for (let i = 3 + Math.floor(random() * 6); i > 0; i--) {
        const word = pick(words);
        text += (random() < 0.2 ? word.toUpperCase() : word) + pick(signs);
      }
      return `${text}now`;
    });
    const found = loginsOf(lines);
    expect(found).toEqual(lines.map(referenceLogin));
    expect(new Set(found).size).toBe(5);
  });
});
