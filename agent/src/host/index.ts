/** The hosts of servers, as they really are. */
export { helpRun, openHost, type HostSettings } from "./setup.ts";
