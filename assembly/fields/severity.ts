/** Syslog's severities. */
import { LEVEL_DEBUG, LEVEL_ERROR, LEVEL_FATAL, LEVEL_INFO, LEVEL_WARN } from "../event/event";

/** RFC 5424, table 2: 0-2 emergency to critical, 3 error, 4 warning, 5-6 notice and informational, 7 debug. */
export function severityLevel(severity: i32): i32 {
  if (severity <= 2) return LEVEL_FATAL;
  if (severity == 3) return LEVEL_ERROR;
  if (severity == 4) return LEVEL_WARN;
  return severity == 7 ? LEVEL_DEBUG : LEVEL_INFO;
}
