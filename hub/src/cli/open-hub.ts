import { createAgentCa } from "@fyr/certs";
import { argon2Hasher } from "../accounts/argon2.ts";
import { sealingWith } from "../accounts/sealing.ts";
import { createHub } from "../hub.ts";
import { smtpTransport } from "../mail/smtp.ts";
import { orderKeys, orderSigner, rootKeyHash } from "../pki/keys.ts";
import type { Doorbell, Hub, Welcome } from "../ports.ts";
import { openStore } from "../store/store.ts";
import { told, type Start } from "./parts.ts";

/** The hub's core over its database, at work. */
export async function openHub(start: Start, doorbell: Doorbell): Promise<Hub> {
  const { machine, config, keys, library, connections, onClose } = start;
  const { clock, random, ids, turn } = machine;
  const log = start.log.child({ part: "hub" });
  const store = await openStore(config.databaseUrl ?? `sqlite:${start.folder.database}`, { log, turn });
  onClose("database", () => store.close());
  const { idlePollMs, busyPollMs, leaseMs, codeMs } = config;
  const hub = createHub(
    {
      clock,
      random,
      ids,
      log,
      doorbell,
      connections,
      orders: orderSigner(keys.orders),
      exports: start.exports,
      licenceFiles: start.licenceFiles,
      releases: library,
      ca: createAgentCa(keys.pki.agents, random),
      welcome: welcomeOf(start),
      passwords: argon2Hasher,
      sealing: sealingWith(keys.sealing, random),
      mail:
        config.smtpUrl === undefined ? null : smtpTransport({ url: config.smtpUrl, from: config.mailFrom }),
      operatorMail: config.operatorMail,
      origin: () => config.publicUrl?.replace(/\/+$/, "") ?? told(start).api,
      settings: { idlePollMs, busyPollMs, leaseMs, codeMs },
    },
    store,
  );
  hub.start();
  onClose("hub", () => hub.stop());
  hub.licenceDay.start();
  onClose("licences", () => hub.licenceDay.stop());
  return hub;
}

/** Nobody enrols before the hub listens, so the addresses are known when they are asked for. */
function welcomeOf(start: Start): Welcome {
  const { keys, library } = start;
  return {
    get syncUrl() {
      return told(start).agents;
    },
    get mqttUrl() {
      return told(start).mqtt;
    },
    root: keys.pki.rootPem,
    orderKeys: orderKeys(keys),
    imageRoot: library.firstRoot,
    rootKeyHash: rootKeyHash(keys.pki),
  };
}
