/** The build's own step for as-pect, whose configuration finds a transform only beside itself. */
export { default } from "./assembly/packText.mjs";
