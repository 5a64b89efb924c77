/** Disks that lose what was not synced, run full and fail, for hosts in one process under a virtual clock. */
export { blankAgentImage } from "./blank.ts";
export type { Failure } from "./faults.ts";
export { hostDisk, type Boundary, type HostDisk, type HostDiskOptions } from "./host-disk.ts";
export { ProcessDied } from "./life.ts";
