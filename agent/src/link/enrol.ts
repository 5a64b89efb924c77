import { join } from "node:path";
import {
  challengeFor,
  codeId,
  matchesPin,
  readEnrolmentCode,
  type AgentKeys,
  type EnrolmentCode,
} from "@fyr/certs";
import { AGENT_ROUTES, Enrolment, Fault, parse, WIRE_VERSION, type EnrolRequest } from "@fyr/protocol";
import type { Clock, Files } from "@fyr/runtime";
import { z } from "zod";
import { message } from "./answers.ts";
import { checkChain, identityFiles, type Identity, type ReadLeaf } from "./identity.ts";
import type { EnrolmentChannel, OpenEnrolment } from "./wire.ts";

export interface EnrolPorts {
  readonly files: Files;
  readonly clock: Clock;
  readonly keys: AgentKeys;
  readonly open: OpenEnrolment;
  readonly readLeaf: ReadLeaf;
}

export interface EnrolWish {
  /** The agent's data folder. */
  readonly folder: string;
  /** As the installer typed it. */
  readonly code: string;
  /** The hub's address for agents, `https://host:port`. */
  readonly url: string;
  readonly hostName: string;
  readonly agentVersion: string;
}

/** The key of an enrolment under way: made once per code, so that a repeated request is the same agent's. */
const Draft = z.strictObject({ codeId: z.string(), keyPem: z.string(), publicKeySpki: z.base64() });
type Draft = z.infer<typeof Draft>;

const draftPath = (folder: string): string => join(folder, "enrolment.json");

async function draftFor(ports: EnrolPorts, folder: string, id: string): Promise<Draft> {
  const bytes = await ports.files.read(draftPath(folder));
  const found = bytes && parse(Draft, Buffer.from(bytes).toString("utf8"));
  if (found?.codeId === id) return found;
  const { keyPem, publicKeySpki } = ports.keys.create();
  const draft = { codeId: id, keyPem, publicKeySpki: Buffer.from(publicKeySpki).toString("base64") };
  await ports.files.ensureFolder(folder);
  await ports.files.replace(draftPath(folder), Buffer.from(JSON.stringify(draft)), 0o600);
  return draft;
}

/** The proof binds the code to this key and this connection: the code itself never travels (security.md 7.3). */
async function ask(
  ports: EnrolPorts,
  channel: EnrolmentChannel,
  { code, draft, wish }: { code: EnrolmentCode; draft: Draft; wish: EnrolWish },
): Promise<Enrolment> {
  const spki = Buffer.from(draft.publicKeySpki, "base64");
  const request: EnrolRequest = {
    wire: WIRE_VERSION,
    codeId: draft.codeId,
    request: await ports.keys.request(draft.keyPem, challengeFor(code, spki, channel.binding)),
    hostName: wish.hostName,
    agentVersion: wish.agentVersion,
  };
  const answer = await channel.post(AGENT_ROUTES.enrol, Buffer.from(JSON.stringify(request)));
  return message(Enrolment, answer, ports.clock.wall());
}

function accept(
  ports: EnrolPorts,
  code: EnrolmentCode,
  { keyPem, publicKeySpki }: Draft,
  told: Enrolment,
): Identity {
  const { orgId, agentId, chain, root, syncUrl, mqttUrl, orderKeys, imageRoot } = told;
  if (!matchesPin(root, code))
    throw new Fault("HUB_UNTRUSTED", { reason: "another root than the code names" });
  const expected = { publicKeySpki: Buffer.from(publicKeySpki, "base64"), orgId, agentId };
  const renewAt = checkChain(ports.readLeaf, told, expected);
  return { format: 1, orgId, agentId, keyPem, chain, root, syncUrl, mqttUrl, orderKeys, imageRoot, renewAt };
}

/**
 * Turns a one-time code into an identity on disk. Killed at any point it can be repeated with the same code: the
 * key was kept, and the hub answers the same key again.
 *
 * @throws Fault `ENROL_CODE_INVALID` for a mistyped code, before anything is sent; `HUB_UNTRUSTED`, `HUB_UNREACHABLE`;
 *   `ENROL_DONE` when the folder holds another enrolment already; the hub's own refusals
 */
export async function enrol(ports: EnrolPorts, wish: EnrolWish): Promise<Identity> {
  const code = readEnrolmentCode(wish.code);
  const id = codeId(code);
  const store = identityFiles(ports.files, wish.folder);
  const draft = await draftFor(ports, wish.folder, id);
  const present = await store.load("current");
  const identity = present ?? (await fetchIdentity(ports, code, draft, wish));
  if (identity.keyPem !== draft.keyPem) {
    await ports.files.remove(draftPath(wish.folder));
    throw new Fault("ENROL_DONE", { agentId: identity.agentId });
  }
  if (!present) await store.save("current", identity);
  await ports.files.remove(draftPath(wish.folder));
  return identity;
}

async function fetchIdentity(
  ports: EnrolPorts,
  code: EnrolmentCode,
  draft: Draft,
  wish: EnrolWish,
): Promise<Identity> {
  const channel = await ports.open(wish.url, code);
  try {
    return accept(ports, code, draft, await ask(ports, channel, { code, draft, wish }));
  } finally {
    channel.close();
  }
}
