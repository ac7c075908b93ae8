/** The model in use, as far as more than one room asks for it. The detectors own what only they need of it. */

export let hasModel: bool = false;
/** Names the content; shown as eight hexadecimal digits. 0 without a model. */
export let modelVersion: u32 = 0;
/** Whether the model asks for every event to be tagged. */
export let tagEvery: bool = false;

export function setModel(isThere: bool, version: u32, tagsEvery: bool): void {
  hasModel = isThere;
  modelVersion = version;
  tagEvery = tagsEvery;
}
