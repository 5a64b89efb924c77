import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { text } from "node:stream/consumers";
import {
  certificateKeyHash,
  challengeHolds,
  channelBinding,
  codeId,
  codeVerifier,
  hubTlsOptions,
  newEnrolmentCode,
  readEnrolmentCode,
} from "@fyr/certs";
import type { TestPki } from "@fyr/certs/testing";
import {
  EnrolRequest,
  Fault,
  parse,
  toProblem,
  type AgentId,
  type Enrolment,
  type OrgId,
} from "@fyr/protocol";
import { systemRandom } from "@fyr/runtime";
import { X509Certificate } from "node:crypto";

/** A hub that knows enrolment and nothing else, by the rules of security.md 7.3. */
export interface EnrolHub {
  readonly url: string;
  readonly code: string;
  readonly name: { readonly orgId: OrgId; readonly agentId: AgentId };
  /** Keys that the code was used for: never more than one. */
  readonly keys: ReadonlySet<string>;
  /** Everything that came in, as it came. */
  readonly heard: readonly string[];
  /** The next answer is lost after the certificate was issued. */
  loseAnswer(): void;
  close(): void;
}

export async function enrolHub(pki: TestPki): Promise<EnrolHub> {
  const code = newEnrolmentCode(systemRandom, certificateKeyHash(new X509Certificate(pki.rootPem)));
  const known = readEnrolmentCode(code);
  const name = {
    orgId: "01900000-0000-7000-8000-000000000001" as OrgId,
    agentId: "01900000-0000-7000-8000-000000000002" as AgentId,
  };
  const keys = new Set<string>();
  const heard: string[] = [];
  let lose = false;

  async function enrolment(body: string, socket: TLSSocket, url: string): Promise<Enrolment> {
    const wish = parse(EnrolRequest, body);
    const request = await pki.agentCa.read(wish.request);
    const proved = challengeHolds(
      codeVerifier(known),
      request.challenge ?? "",
      request.publicKeySpki,
      channelBinding(socket),
    );
    if (wish.codeId !== codeId(known) || !proved) throw new Fault("ENROL_CODE_INVALID");
    if (keys.size > 0 && !keys.has(request.keyHash)) throw new Fault("ENROL_CODE_USED");
    keys.add(request.keyHash);
    const { chainPem } = await pki.agentCa.issue(request, name, Date.now());
    return {
      wire: 1,
      ...name,
      chain: chainPem,
      root: pki.rootPem,
      syncUrl: url,
      mqttUrl: null,
      orderKeys: [{ keyid: "0".repeat(64), publicKey: "AA==" }],
      imageRoot: { signed: {}, signatures: [] },
      renewInMs: 864_000_000,
    };
  }

  const server = createServer(hubTlsOptions(await pki.server(), pki.rootPem), (request, response) => {
    void text(request).then(async (body) => {
      heard.push(body);
      const answer = await enrolment(body, request.socket as TLSSocket, url).then(
        (told) => ({ status: 200, type: "application/json", told }),
        (fault: Fault) => ({
          status: fault.status,
          type: "application/problem+json",
          told: toProblem(fault),
        }),
      );
      if (lose) return void ((lose = false), request.socket.destroy());
      response.writeHead(answer.status, { "content-type": answer.type }).end(JSON.stringify(answer.told));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  return { url, code, name, keys, heard, loseAnswer: () => void (lose = true), close: () => server.close() };
}
