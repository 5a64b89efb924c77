/** Device passwords, sealed on the site's own disk. */
export type { Login, Logins } from "./login.ts";
export { readOrMakeMaster, type MasterKey } from "./master.ts";
export { LoginScope, readScope, scopeText } from "./scope.ts";
export { Secret } from "./secret.ts";
export { openVault, type LoginEntry, type Vault, type VaultPorts } from "./vault.ts";
