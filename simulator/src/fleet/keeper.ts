import type { Files, Logger } from "@fyr/runtime";
import { join } from "node:path";
import type { DeviceState } from "../device/state.ts";

/** Keeps the states of devices, so that a site that was stopped goes on where it stood. */
export interface Keeper {
  /** What is kept, by serial. */
  load(): Promise<Map<string, DeviceState>>;
  /** Writes soon; the last state of a device wins. */
  save(serial: string, state: DeviceState): void;
  /** Resolves when all that was saved is on disk. */
  flush(): Promise<void>;
}

export const forgetful: Keeper = {
  load: () => Promise.resolve(new Map()),
  save: () => {},
  flush: () => Promise.resolve(),
};

/** One JSON file for each device that has changed since the site was made. */
export function fileKeeper(files: Files, folder: string, log: Logger): Keeper {
  const waiting = new Map<string, DeviceState>();
  let writing: Promise<void> | null = null;
  const write = async () => {
    for (let next = waiting.entries().next(); !next.done; next = waiting.entries().next()) {
      const [serial, state] = next.value;
      waiting.delete(serial);
      await files
        .replace(join(folder, `${serial}.json`), Buffer.from(JSON.stringify(state)))
        .catch((error: unknown) => log.error({ error, serial }, "a device could not be saved"));
    }
    writing = null;
  };
  return {
    async load() {
      await files.ensureFolder(folder);
      const names = (await files.list(folder)).filter((name) => name.endsWith(".json"));
      const states = new Map<string, DeviceState>();
      for (const name of names) {
        const bytes = await files.read(join(folder, name));
        if (bytes)
          states.set(name.replace(".json", ""), JSON.parse(Buffer.from(bytes).toString()) as DeviceState);
      }
      return states;
    },
    save(serial, state) {
      waiting.set(serial, state);
      writing ??= Promise.resolve().then(write);
    },
    async flush() {
      while (writing) await writing;
    },
  };
}
