import type { OrgId } from "@fyr/protocol";
import type { Cancel, Clock, Logger } from "@fyr/runtime";
import type { Stores } from "../store/store.ts";
import { civilDateAt, startOfDay } from "./civil-date.ts";
import { getUp, sitDown, termsOf, type LicenceParts } from "./command.ts";
import { SYSTEM_ACTOR } from "./desk.ts";
import { lastFiles } from "./last-files.ts";
import { nextDay, remindersOn } from "./reminders.ts";
import type { TellReminder } from "./tell.ts";

export interface LicenceDay {
  start(): void;
  stop(): Promise<void>;
  /** Does a day's work for every organisation that has a ledger; safe to repeat. */
  runOnce(): Promise<void>;
}

const LEDGERS = 200;
const AGAIN_MS = 3_600_000;

/**
 * What a day brings by itself, soon after midnight UTC: lots expire, years are closed, devices are counted, people are
 * reminded. Nothing depends on its being in time: every command does for its organisation what is due (settle.ts).
 */
export function createLicenceDay(
  parts: LicenceParts,
  { clock, log, tell }: { readonly clock: Clock; readonly log: Logger; readonly tell: TellReminder },
): LicenceDay {
  let timer: Cancel = () => {};
  let running: Promise<void> | undefined;
  let started = false;

  async function one(stores: Stores, orgId: OrgId): Promise<void> {
    await stores.licences.lockLedgers([orgId]);
    const organisation = await stores.organisations.find(orgId);
    if (!organisation || organisation.archivedAt !== null) return;
    const terms = termsOf(parts, SYSTEM_ACTOR);
    const sitting = await sitDown(parts, stores, orgId, terms);
    await getUp(sitting);
    const settled = sitting.desk.drafts().map(({ id, type }) => ({ id, type }));
    const entry = { orgId, at: terms.now, actor: SYSTEM_ACTOR, action: "licence.settled" };
    if (settled.length > 0)
      await stores.audit.append([
        { ...entry, object: settled.at(-1)?.id ?? orgId, after: { records: settled } },
      ]);
    const files = await lastFiles(stores, orgId);
    for (const reminder of remindersOn(sitting.desk.book(), parts.catalogue, files, terms.today)) {
      if (await stores.licences.noteOnce(orgId, reminder.id, terms.now))
        await tell(stores, organisation, reminder);
    }
  }

  async function runOnce(): Promise<void> {
    let after: OrgId | null = null;
    for (;;) {
      const orgs: OrgId[] = await parts.store.read.licences.ledgers(after, LEDGERS);
      for (const orgId of orgs) await parts.store.write((stores) => one(stores, orgId));
      after = orgs.at(-1) ?? null;
      if (orgs.length < LEDGERS) return;
    }
  }

  function arm(delayMs: number): void {
    timer = clock.after(delayMs, () => {
      let again = AGAIN_MS;
      running = runOnce()
        .then(() => {
          again = startOfDay(nextDay(civilDateAt(clock.wall()))) - clock.wall();
        })
        .catch((error: unknown) => log.error({ error }, "the licences' daily work failed; it is tried again"))
        .finally(() => {
          running = undefined;
          // A clock that is set meanwhile makes no day longer than an hour's doubt.
          if (started) arm(Math.min(Math.max(again, 0), 24 * AGAIN_MS));
        });
    });
  }

  return {
    start() {
      started = true;
      arm(0);
    },
    async stop() {
      started = false;
      timer();
      await running;
    },
    runOnce,
  };
}
