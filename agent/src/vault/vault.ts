import { Fault } from "@fyr/protocol";
import type { Logger, Random } from "@fyr/runtime";
import { z } from "zod";
import type { StateStore } from "../ports.ts";
import type { Login, Logins } from "./login.ts";
import type { MasterKey } from "./master.ts";
import { readScope, scopeText, type LoginScope } from "./scope.ts";
import { KEY_BYTES, seal, unseal, type Binding } from "./seal.ts";
import { Secret } from "./secret.ts";

export interface VaultPorts {
  readonly store: StateStore;
  readonly random: Random;
  readonly log: Logger;
  /** Whose vault this is, for example the agent's id: a record opens in no other. */
  readonly owner: string;
}

/** An entry as people may see it. */
export interface LoginEntry {
  readonly scope: LoginScope;
  readonly user: string;
  readonly revision: string;
}

/** Device passwords. They exist nowhere but here (design.md D18). */
export interface Vault extends Logins {
  put(scope: LoginScope, user: string, password: Secret): void;
  remove(scope: LoginScope): void;
  list(): LoginEntry[];
  /**
   * Hangs the vault on another master; records stay as they are. Until `adopt` has put the new master where the next
   * start finds it, both open the vault.
   */
  rotateMaster(next: MasterKey, adopt: () => Promise<void>): Promise<void>;
}

const KEYS = "vault/key/";
const LOGINS = "vault/login/";

const StoredLogin = z.strictObject({ key: z.base64(), data: z.base64() });
const PlainLogin = z.strictObject({ user: z.string(), password: z.string(), revision: z.string() });

/**
 * Opens the vault: each record has a data key of its own, wrapped by the vault's key, which the master wraps
 * (security.md 7.7).
 *
 * @throws Fault VAULT_SEALED when this is not the master of what the store holds
 */
export function openVault(ports: VaultPorts, master: MasterKey): Vault {
  const { store, random, log, owner } = ports;
  const keyBinding: Binding = [owner, "vault-key"];
  let current = master;
  const vaultKey = openKey();

  function openKey(): Uint8Array {
    const wrapped = store.get(KEYS + master.fingerprint);
    if (wrapped) return withoutOthers(unseal(master.bytes, keyBinding, wrapped));
    if (store.keys("vault/").length > 0) throw new Fault("VAULT_SEALED");
    const key = random.bytes(KEY_BYTES);
    store.put(KEYS + master.fingerprint, seal(master.bytes, keyBinding, key, random));
    return key;
  }

  /** What a rotation that was cut short left behind opens nothing any more. */
  function withoutOthers(key: Uint8Array): Uint8Array {
    const others = store.keys(KEYS).filter((name) => name !== KEYS + master.fingerprint);
    for (const name of others) store.remove(name);
    return key;
  }

  const bindings = (record: string) => ({
    key: [owner, record, "data-key"],
    data: [owner, record, "device-login"],
  });

  function read(record: string): Login | null {
    const bytes = store.get(LOGINS + record);
    if (!bytes) return null;
    const binding = bindings(record);
    const stored = opened(StoredLogin, bytes);
    const dataKey = unseal(vaultKey, binding.key, Buffer.from(stored.key, "base64"));
    const plain = opened(PlainLogin, unseal(dataKey, binding.data, Buffer.from(stored.data, "base64")));
    return { user: plain.user, password: new Secret(plain.password), revision: plain.revision };
  }

  /** A damaged record must not stop the look at a device: it counts as missing, and says so in the log. */
  function readOrMissing(record: string): Login | null {
    try {
      return read(record);
    } catch (error) {
      log.error({ record, error }, "login cannot be opened");
      return null;
    }
  }

  const has = (record: string): boolean => store.get(LOGINS + record) !== null;

  return {
    loginFor(serial, group) {
      const records = [`device:${serial}`, ...(group === null ? [] : [`group:${group}`]), "default"];
      const first = records.find(has);
      return first === undefined ? null : readOrMissing(first);
    },
    put(scope, user, password) {
      const record = scopeText(scope);
      const binding = bindings(record);
      const revision = Buffer.from(random.bytes(8)).toString("hex");
      const plain: z.infer<typeof PlainLogin> = { user, password: password.reveal(), revision };
      const dataKey = random.bytes(KEY_BYTES);
      const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
      const stored: z.infer<typeof StoredLogin> = {
        key: base64(seal(vaultKey, binding.key, dataKey, random)),
        data: base64(seal(dataKey, binding.data, Buffer.from(JSON.stringify(plain)), random)),
      };
      store.put(LOGINS + record, Buffer.from(JSON.stringify(stored)));
    },
    remove: (scope) => store.remove(LOGINS + scopeText(scope)),
    list() {
      return store.keys(LOGINS).flatMap((key) => {
        const record = key.slice(LOGINS.length);
        const [scope, login] = [readScope(record), readOrMissing(record)];
        return scope && login ? [{ scope, user: login.user, revision: login.revision }] : [];
      });
    },
    async rotateMaster(next, adopt) {
      if (next.fingerprint === current.fingerprint) return adopt();
      store.put(KEYS + next.fingerprint, seal(next.bytes, keyBinding, vaultKey, random));
      await adopt();
      store.remove(KEYS + current.fingerprint);
      current = next;
    },
  };
}

/** What cannot be read tells no more than what cannot be opened. */
function opened<S extends z.ZodType>(schema: S, bytes: Uint8Array): z.infer<S> {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch {
    throw new Fault("VAULT_SEALED");
  }
}
