import { expect, test } from "vitest";
import { openAt } from "../testing/databases.ts";
import { newOrg, newUpgrade, organisationRecord } from "../testing/records.ts";
import { Collision } from "./errors.ts";
import type { HubStore } from "./store.ts";

export function hubStoreContract(name: string, stores: () => HubStore, url: () => string): void {
  test(`${name}: what fails in the middle has done nothing`, async () => {
    const id = newOrg();
    const failing = stores().write(async ({ organisations, upgrades }) => {
      await organisations.insert(organisationRecord({ id, name: "half" }));
      await upgrades.insertUpgrade({
        orgId: id,
        id: newUpgrade(),
        actor: "operator",
        createdAt: 1,
        kind: "device",
      });
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toThrow("on purpose");
    expect(await stores().read.organisations.find(id)).toBeNull();
    expect(await stores().read.upgrades.upgrades(id, "everywhere", { limit: 1 })).toEqual([]);
  });

  test(`${name}: what is written is read at once`, async () => {
    for (let n = 0; n < 20; n++) {
      const id = newOrg();
      await stores().write(({ organisations }) =>
        organisations.insert(organisationRecord({ id, createdAt: n })),
      );
      expect(await stores().read.organisations.find(id)).toMatchObject({ createdAt: n });
    }
  });

  test(`${name}: a second hub at the same database finds its schema made and its rows there`, async () => {
    const id = newOrg();
    await stores().write(({ organisations }) =>
      organisations.insert(organisationRecord({ id, name: "shared" })),
    );
    const second = await openAt(url());
    expect(await second.read.organisations.find(id)).toMatchObject({ name: "shared" });
    await second.close();
  });

  test(`${name}: work that another writer got in the way of starts again, and gives up in the end`, async () => {
    let runs = 0;
    const twice = stores().write(async () => {
      runs++;
      if (runs < 3) throw new Collision("on purpose");
      return "done";
    });
    expect([await twice, runs]).toEqual(["done", 3]);
    const never = stores().write(async () => {
      throw new Collision("on purpose");
    });
    await expect(never).rejects.toThrow("on purpose");
  });
}
