import type { Keyword } from "../../host/model/keywordSection.js";

export const listNames: string[];
export function keywordList(name: string, count: number): Keyword[];
