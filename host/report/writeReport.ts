/** The report of a scan: one HTML file, readable by its owner only, put in place in one step. */
import { replaceFile } from "../io/replaceFile.js";
import type { Scan } from "../scan/scan.js";
import { reportData } from "./data.js";
import { reportPage } from "./page.js";

export async function writeReport(path: string, scan: Scan, options: { redact: boolean }): Promise<void> {
  replaceFile(path, Buffer.from(reportPage(await reportData(scan, options))), 0o600);
}
