/** A line as a record: alone, and with what shippers put around it. */

/** @param {string} line @param {number} _index @returns {object} */
export const bare = (line, _index) => ({ log: line });
/** @param {number} index */
export const stampOf = (index) => `2026-11-21T02:11:09.${100_000_000 + ((index * 7919) % 900_000_000)}Z`;
/** As Fluent Bit's Kubernetes filter writes a line. @param {string} line @param {number} index @returns {object} */
export const inPod = (line, index) => ({
  time: stampOf(index),
  stream: "stdout",
  _p: "F",
  log: line,
  kubernetes: {
    pod_name: "web-7d4b9c-x2z9k",
    namespace_name: "shop",
    pod_id: "9afcdf84-163b-402e-bdd2-cfb711593385",
    labels: { app: "web", "pod-template-hash": "7d4b9c" },
    host: "node-3",
    container_name: "web",
    docker_id: "0123456789abcdef".repeat(4),
    container_hash: `docker.io/library/web@sha256:${"0123456789abcdef".repeat(4)}`,
    container_image: "docker.io/library/web:1.2.3",
  },
});
/** As Docker's json-file driver does. @param {string} line @param {number} index @returns {object} */
export const inDocker = (line, index) => ({ log: `${line}\n`, stream: "stdout", time: stampOf(index) });
