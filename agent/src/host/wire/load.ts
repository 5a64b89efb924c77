import { cpus, freemem, totalmem } from "node:os";
import type { HostLoad } from "../load.ts";

function times(): { readonly all: number; readonly idle: number } {
  let [all, idle] = [0, 0];
  for (const { times: of } of cpus()) {
    all += of.user + of.nice + of.sys + of.idle + of.irq;
    idle += of.idle;
  }
  return { all, idle };
}

/** The host's processors and memory, as Node reads them on every system. */
export function hostLoad(): HostLoad {
  let last: ReturnType<typeof times> | null = null;
  return {
    cpuPercent() {
      const now = times();
      const before = last;
      last = now;
      const all = before ? now.all - before.all : 0;
      if (!before || all <= 0) return null;
      return Math.round(Math.min(100, Math.max(0, 100 * (1 - (now.idle - before.idle) / all))) * 10) / 10;
    },
    memory: () => ({ totalBytes: totalmem(), freeBytes: freemem() }),
  };
}
