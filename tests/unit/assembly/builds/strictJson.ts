/** The strict check of JSON lines alone. */

import { oddline_valid_lines } from "../../../../assembly/record/validJson";
import { reserve } from "../../../../assembly/runtime/memory";

export { oddline_valid_lines, reserve };
