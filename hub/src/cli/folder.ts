import { resolve, join } from "node:path";

/** Where a hub keeps what: one folder, to be backed up as a whole. */
export interface DataFolder {
  readonly path: string;
  readonly lock: string;
  readonly database: string;
  readonly keys: string;
  readonly metadata: string;
  readonly images: string;
  /** The hash of the operator's token. */
  readonly operator: string;
}

export function dataFolder(path: string): DataFolder {
  const root = resolve(path);
  return {
    path: root,
    lock: join(root, "lock"),
    database: join(root, "hub.db"),
    keys: join(root, "keys"),
    metadata: join(root, "metadata"),
    images: join(root, "images"),
    operator: join(root, "operator.json"),
  };
}
