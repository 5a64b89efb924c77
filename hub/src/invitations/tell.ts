import type { Organisation } from "@fyr/protocol";
import { linkTo, type AccountPorts } from "../accounts/ports.ts";
import type { Letter } from "../mail/letter.ts";
import type { PersonMember } from "../members/store.ts";
import type { Stores } from "../store/store.ts";

interface News {
  readonly organisation: Pick<Organisation, "name">;
  readonly joined: PersonMember;
  /** How many of the chosen folders are left, and how many were deleted meanwhile. */
  readonly folders: { readonly left: number; readonly dropped: number };
}

/** Admins are asked for what only they can give: the chosen role (C-02), or folders. */
export async function tellAdmins(
  { post, origin }: Pick<AccountPorts, "post" | "origin">,
  { members, mails }: Pick<Stores, "members" | "mails">,
  { organisation, joined, folders }: News,
): Promise<void> {
  const facts = { organisation: organisation.name, person: joined.name, link: linkTo.signIn(origin()) };
  const letters: Letter[] = [];
  if (joined.pending !== null)
    letters.push({ kind: "role_to_confirm", ...facts, email: joined.email, role: joined.pending });
  const { left, dropped } = folders;
  const { email } = joined;
  if (dropped > 0)
    letters.push(
      left === 0
        ? { kind: "joined_without_folders", ...facts, email }
        : { kind: "joined_with_fewer_folders", ...facts, email, dropped },
    );
  if (letters.length === 0) return;
  for (const { email: to, language } of await members.admins(joined.orgId)) {
    for (const letter of letters) await post.put(mails, { to, language, letter });
  }
}
