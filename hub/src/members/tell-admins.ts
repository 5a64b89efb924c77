import type { OrgId } from "@fyr/protocol";
import type { Letter } from "../mail/letter.ts";
import type { Stores } from "../store/store.ts";
import type { MemberPorts } from "./service.ts";

/** One letter to every admin of an organisation, owners among them, each in their language. */
export async function tellAll(
  { post }: Pick<MemberPorts, "post">,
  { members, mails }: Pick<Stores, "members" | "mails">,
  orgId: OrgId,
  letter: Letter,
): Promise<void> {
  for (const { email: to, language } of await members.admins(orgId))
    await post.put(mails, { to, language, letter });
}
