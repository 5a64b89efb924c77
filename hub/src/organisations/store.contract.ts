import { expect, test } from "vitest";
import { newOrg, organisationRecord } from "../testing/records.ts";
import type { HubStore } from "../store/store.ts";

export function organisationStoreContract(name: string, stores: () => HubStore): void {
  const add = async (label: string) => {
    const organisation = organisationRecord({ name: label });
    await stores().write(({ organisations }) => organisations.insert(organisation));
    return organisation;
  };

  test(`${name}: an organisation is what was put in, and absent ones are null`, async () => {
    const made = await add("Harbour ⚓ 'x'; drop table organisations; --");
    expect(await stores().read.organisations.find(made.id)).toEqual(made);
    expect(await stores().read.organisations.find(newOrg())).toBeNull();
  });

  test(`${name}: pages by key show each organisation once, in the order of their ids`, async () => {
    const made = [await add("a"), await add("b"), await add("c"), await add("d")];
    const after = made[0]!.id;
    const page = await stores().read.organisations.page({ after, limit: 2 });
    expect(page).toEqual(made.slice(1));
  });
}
