import type { Account } from "@fyr/protocol";
import type { Stores } from "../store/store.ts";
import type { AccountRecord } from "./account.ts";

/** An account as its owner sees it. */
export async function showAccount(
  { accounts }: Pick<Stores, "accounts">,
  { id, email, name, language, timeZone, theme, factorMethod, createdAt }: AccountRecord,
): Promise<Account> {
  const recoveryCodesLeft = await accounts.recoveryCodesLeft(id);
  return { id, email, name, language, timeZone, theme, factorMethod, recoveryCodesLeft, createdAt };
}
