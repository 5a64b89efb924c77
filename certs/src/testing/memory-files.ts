import type { Files } from "@fyr/runtime";

/** A disk in memory for whole files, for tests that look at what is in it. Open files are beyond it. */
export function memoryFiles(content: Map<string, Uint8Array> = new Map<string, Uint8Array>()): Files {
  const names = (folder: string) => {
    const below = [...content.keys()].filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(below.map((path) => path.slice(folder.length + 1).split("/", 1)[0] ?? ""))].sort();
  };
  return {
    open: () => Promise.reject(new Error("memoryFiles has no open files")),
    read: async (path) => content.get(path) ?? null,
    replace: async (path, bytes) => void content.set(path, Uint8Array.from(bytes)),
    rename: async (from, to) => {
      const bytes = content.get(from);
      if (!bytes) throw Object.assign(new Error(`no such file: ${from}`), { code: "ENOENT" });
      content.delete(from);
      content.set(to, bytes);
    },
    stat: async (path) => {
      const bytes = content.get(path);
      return bytes ? { sizeBytes: bytes.length, modifiedMs: 0 } : null;
    },
    list: async (folder) => names(folder),
    remove: async (path) => void content.delete(path),
    ensureFolder: async () => undefined,
    freeBytes: async () => Number.MAX_SAFE_INTEGER,
  };
}
