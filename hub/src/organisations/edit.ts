import {
  Fault,
  type Organisation,
  type OrganisationEdit,
  type OrganisationSettings,
  type OrganisationSettingsEdit,
} from "@fyr/protocol";
import { demand, type Member } from "../access/member.ts";
import type { HubPorts } from "../ports.ts";
import type { HubStore, Stores } from "../store/store.ts";
import { showOrganisation } from "./show.ts";
import type { OrganisationRecord } from "./store.ts";

/** What an organisation says of itself and decides for its members; edits name the version they were made for. */
export interface OrganisationEdits {
  /** @throws Fault VERSION_CONFLICT */
  editOrganisation(member: Member, edit: OrganisationEdit, version: number): Promise<Organisation>;
  organisationSettings(member: Member): Promise<OrganisationSettings>;
  /** @throws Fault VERSION_CONFLICT; OWNER_ONLY for what is a matter of security */
  editSettings(
    member: Member,
    edit: OrganisationSettingsEdit,
    version: number,
  ): Promise<OrganisationSettings>;
}

/** What only owners decide: it opens the organisation to others (access.md 3.3, row 8). */
const POLICY: readonly (keyof OrganisationSettingsEdit)[] = ["inviteElevation", "invitationDays"];

/** The organisation for a change. @throws Fault NOT_FOUND, VERSION_CONFLICT */
async function taken(
  { organisations }: Pick<Stores, "organisations">,
  { orgId }: Member,
  version: number,
): Promise<OrganisationRecord> {
  const found = await organisations.lock(orgId);
  if (!found) throw new Fault("NOT_FOUND");
  if (found.version !== version) throw new Fault("VERSION_CONFLICT", { version: found.version });
  return found;
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

const given = <T extends object>(edit: T): Given<T> =>
  Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined)) as Given<T>;

/** The values that an edit replaces. */
const replaced = (old: object, edit: object): object =>
  Object.fromEntries(Object.keys(edit).map((key) => [key, (old as Record<string, unknown>)[key]]));

const showSettings = ({ settings, version }: OrganisationRecord): OrganisationSettings => ({
  ...settings,
  version,
});

export const organisationEdits = (
  { clock }: Pick<HubPorts, "clock">,
  store: HubStore,
): OrganisationEdits => ({
  editOrganisation: (member, edit, version) =>
    store.write(async (stores) => {
      const before = await taken(stores, member, version);
      const changed = given(edit);
      const after = { ...before, ...changed, version: version + 1 };
      await stores.organisations.save(after);
      const { orgId, actor } = member;
      const entry = { orgId, at: clock.wall(), actor, action: "organisation.edited", object: orgId };
      await stores.audit.append([{ ...entry, before: replaced(before, changed), after: changed }]);
      return showOrganisation(after);
    }),
  async organisationSettings({ orgId }) {
    const found = await store.read.organisations.find(orgId);
    if (!found) throw new Fault("NOT_FOUND");
    return showSettings(found);
  },
  async editSettings(member, edit, version) {
    const changed = given(edit);
    if (POLICY.some((setting) => setting in changed)) demand(member, "organisation.policy");
    return store.write(async (stores) => {
      const before = await taken(stores, member, version);
      const settings = { ...before.settings, ...changed };
      const after = { ...before, settings, version: version + 1 };
      await stores.organisations.save(after);
      const { orgId, actor } = member;
      const entry = { orgId, at: clock.wall(), actor, action: "organisation.settings", object: orgId };
      await stores.audit.append([{ ...entry, before: replaced(before.settings, changed), after: changed }]);
      return showSettings(after);
    });
  },
});
