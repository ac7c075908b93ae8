/** Which texts tell of a login, by plain look-ups: what assembly/detect/windows/logins.ts packs into hashes. */

const phrases = {
  failed: [
    ...["failed password", "failed keyboard", "failed login", "failed logon", "failed su", "failed authentication"],
    ...["fail login", "bad password", "incorrect password", "invalid password", "invalid credentials"],
    ...["wrong password", "login incorrect", "login failed", "login failure", "logon failure", "logon failed"],
    ...["authentication failed", "auth failed", "auth failure", "nonexistent user", "using password"],
  ],
  refused: ["authentication failure"],
  hinted: ["invalid user", "authenticating user"],
  succeeded: [
    ...["accepted password", "accepted publickey", "accepted keyboard", "accepted hostbased", "accepted gssapi"],
    ...["auth succeeded", "authentication succeeded", "authentication successful", "login succeeded"],
    ...["login successful", "login success", "logged in", "session opened", "login user", "ok login", "login on"],
  ],
} as const;

export type Login = keyof typeof phrases | "none";

/** Every phrase, with what it says. */
export const loginPhrases = Object.entries(phrases).flatMap(([login, some]) =>
  some.map((phrase) => [phrase, login as Login] as const),
);

/** The first two words in a row that are one of the phrases decide; up to three other signs may stand between them. */
export function referenceLogin(text: string): Login {
  for (const { index } of text.matchAll(/(?<![A-Za-z@[\\\]^_`{|}~])[A-Za-z]/g)) {
    const found = /^([A-Za-z]+)[^A-Za-z]{0,3}([A-Za-z]*)/.exec(text.slice(index));
    const pair = `${found![1]} ${found![2]}`.toLowerCase();
    const phrase = loginPhrases.find(([words]) => words === pair);
    // they are looked up by their first four bytes, so behind a shorter word a single space stands
    if (phrase && text.slice(index, index + 4).toLowerCase() === phrase[0].slice(0, 4)) return phrase[1];
  }
  return "none";
}
