/** What the matcher must find, by searching for every word at every place. */
import { type Keyword, severities } from "../../../host/config/keywords.js";
import { lowerAscii } from "../../../host/model/keywordSection.js";

const isWordByte = (byte: string | undefined): boolean => byte !== undefined && /[0-9A-Za-z_\x80-\xff]/.test(byte);

/** Indexes of the keywords in the message, most severe first, then in order; at most eight. */
export function findKeywordsSlowly(keywords: readonly Keyword[], message: Buffer): number[] {
  const text = message.toString("latin1");
  const found = keywords.flatMap((keyword, index) =>
    keyword.words.some((word) => occurs(word, keyword)) ? index : [],
  );
  const rank = (index: number) => severities.indexOf(keywords[index].severity);
  return found.sort((a, b) => rank(b) - rank(a) || a - b).slice(0, 8);

  function occurs(word: string, { wholeWord, matchCase }: Keyword): boolean {
    const spellings = matchCase ? [word] : [word, word.toLowerCase(), word.toUpperCase()];
    return spellings.some((spelling) => {
      const bytes = Buffer.from(spelling, "utf8").toString("latin1");
      const [needle, haystack] = matchCase ? [bytes, text] : [lowerAscii(bytes), lowerAscii(text)];
      for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) {
        const end = at + needle.length;
        const goesOn = isWordByte(text[at - 1]) && isWordByte(text[at]);
        if (!wholeWord || (!goesOn && !(isWordByte(text[end - 1]) && isWordByte(text[end])))) return true;
      }
      return false;
    });
  }
}
