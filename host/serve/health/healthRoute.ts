/**
 * `GET /healthz`, exactly 200 while the process serves: what Vector's health check and a supervisor's probe ask for.
 */
import { answerText, type Route } from "../http/route.js";

export function healthRoute(): Route {
  return {
    method: "GET",
    path: "/healthz",
    open: true,
    handle: ({ response }) => answerText(response, 200, "text/plain", "ok\n"),
  };
}
