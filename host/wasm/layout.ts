/** What host and module agree on. Held equal to the sources of assembly/ by tests/unit/wasm/layout.test.ts. */

/** MODEL_BYTES_MAX of assembly/operate/modelFile.ts. */
export const modelBytesMax = 16 << 20;
