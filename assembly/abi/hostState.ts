/** The state for hosts other than a shipper: they keep the bytes, the module makes and reads them. */

import { fillStateRoom, stateRoom, takeStateRoom } from "../operate/stateFile";
import { initialise } from "./initialise";

/** Room for a state of so many bytes, and for every state to come; 0 where there is none. */
export function oddline_state_room(bytes: u32): usize {
  return initialise() ? stateRoom(<usize>bytes) : 0;
}

/** Bytes of the state, now in that room; 0 where nothing was counted yet. */
export function oddline_save_state(): u32 {
  return <u32>fillStateRoom();
}

/** Takes the state the host put into that room; one of the SNAPSHOT constants of snapshot.ts, 0 is well. */
export function oddline_restore_state(bytes: u32, anySeed: bool): i32 {
  return takeStateRoom(<usize>bytes, anySeed);
}
