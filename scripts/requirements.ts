/**
 * `npm run requirements [-- --missing] [--json] [PREFIX…]`: each row of docs/requirements.md with the tests that name
 * it, or only those that no test names. A prefix chooses rows: `R` is all of R, `A-2` is.
 */
import "@fyr/runtime/require-node";
import { report } from "./requirement-book.ts";
import { allRequirements, allTitles } from "./requirement-files.ts";

const lines = report(allRequirements(), allTitles(), process.argv.slice(2));
process.stdout.write(`${lines.join("\n")}\n`);
