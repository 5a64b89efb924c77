/** The agent's disk: one SQLite file for all it remembers, the device backups, the lock of its folder. */
export { fileBackups } from "./backups.ts";
export { fileDisk, memoryDisk, type Disk, type MemoryDisk } from "./disk.ts";
export { lockFolder } from "./instance-lock.ts";
export { openStore, type Store } from "./store.ts";
