import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { agentTlsOptions, type TlsCredentials } from "@fyr/certs";
import { Fault, isFault } from "@fyr/protocol";

const CONNECT_MS = 15_000;

/** `[::1]` in an address is `::1` on a socket. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "");

export const portOf = ({ port }: URL, usual: number): number => (port === "" ? usual : Number(port));

/**
 * How every connection to the hub is opened: one private root, the name checked, and no saved session, since a
 * resumed one shows no certificate (security.md 0.6).
 */
export function hubTls(url: URL, rootPem: string, credentials?: TlsCredentials): ConnectionOptions {
  const host = hostOf(url);
  const options = agentTlsOptions(rootPem, host, credentials);
  return {
    ...options,
    host,
    // OpenSSL lets an authority pass as a server; an authority that answers connections is not our hub.
    checkServerIdentity: (name, certificate) =>
      certificate.ca ? notAHub() : options.checkServerIdentity?.(name, certificate),
  };
}

const notAHub = () => new Fault("HUB_UNTRUSTED", { reason: "an authority is not a hub" });

/** A socket whose other end has proved what `options` demand; before that not one byte of ours has left. */
export function openTls(options: ConnectionOptions, signal?: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(options);
    const fail = (error: Error) => {
      socket.destroy();
      reject(asFault(error));
    };
    const abort = () => fail(new Fault("HUB_UNREACHABLE", { reason: "stopped" }));
    socket.setTimeout(CONNECT_MS, () => fail(new Fault("HUB_UNREACHABLE", { reason: "ETIMEDOUT" })));
    socket.once("error", fail);
    socket.once("secureConnect", () => {
      socket.setTimeout(0).removeAllListeners("timeout").off("error", fail);
      signal?.removeEventListener("abort", abort);
      resolve(socket);
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}

/** OpenSSL's reasons for not believing a certificate, and Node's for not believing a name. */
const DISTRUST =
  /CERT|SELF_SIGNED|UNABLE_TO_|INVALID_(CA|PURPOSE)|PATH_LENGTH|HOSTNAME_MISMATCH|ERR_TLS_|ERR_SSL_|CRL|EPROTO/;

/** What a broken connection means: another end than the hub, or no end at all. */
export function asFault(error: unknown): Fault {
  if (isFault(error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code ?? message;
  return new Fault(DISTRUST.test(reason) ? "HUB_UNTRUSTED" : "HUB_UNREACHABLE", { reason }, { cause: error });
}
