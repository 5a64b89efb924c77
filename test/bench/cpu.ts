import { readFile, readdir } from "node:fs/promises";

/** CPU time that all threads of a process have had, in microseconds, as the scheduler counts it (Linux). */
export async function cpuMicros(pid: number): Promise<number> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const each = await Promise.all(
    tasks.map(async (task) =>
      Number((await readFile(`/proc/${pid}/task/${task}/schedstat`, "utf8")).split(" ")[0]),
    ),
  );
  return each.reduce((sum, nanos) => sum + nanos, 0) / 1000;
}

/** Resident memory of a process, in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
