/** One thread of the MiniLM embedder. */
import { parentPort, workerData } from "node:worker_threads";
import { loadNetwork, type NetworkSetup } from "./minilmNetwork.js";

export interface WorkerAnswer {
  vectors?: Float32Array;
  problem?: string;
}

if (parentPort) {
  const port = parentPort;
  const loading = loadNetwork(workerData as NetworkSetup);
  loading.then(
    () => port.postMessage({} satisfies WorkerAnswer),
    (error: Error) => port.postMessage({ problem: error.message } satisfies WorkerAnswer),
  );
  port.on("message", async (texts: string[]) => {
    try {
      const vectors = await (await loading)(texts);
      port.postMessage({ vectors } satisfies WorkerAnswer, [vectors.buffer as ArrayBuffer]);
    } catch (error) {
      port.postMessage({ problem: (error as Error).message } satisfies WorkerAnswer);
    }
  });
}
