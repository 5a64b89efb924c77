import { Fault } from "@fyr/protocol";

const FULL = new Set(["ENOSPC", "EDQUOT"]);

/** Node's error for a full disk, under our name; any other error as it is. */
export function diskFault(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return FULL.has(code ?? "") ? new Fault("HUB_DISK_FULL", {}, { cause: error }) : error;
}

/** Runs work that writes. @throws Fault `HUB_DISK_FULL` */
export async function writing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskFault(error);
  }
}
