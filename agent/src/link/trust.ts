import type { ImageFacts } from "@fyr/certs";
import {
  Fault,
  Order,
  ServerOrder,
  type AgentId,
  type Digest,
  type OrderKey,
  type SignedDocument,
} from "@fyr/protocol";
import type { Trust } from "../ports.ts";
import { imageMetadata, type Images, type MetadataPorts } from "./metadata.ts";
import { createOrderBook } from "./orders.ts";

export interface TrustAnchors {
  readonly agentId: AgentId;
  readonly orderKeys: readonly OrderKey[];
  readonly imageRoot: SignedDocument;
}

function factsOf(digest: Digest, { index, stale }: Images): ImageFacts {
  const facts = index.find(digest);
  if (facts?.withdrawn) throw new Fault("IMAGE_WITHDRAWN", { digest });
  if (facts) return facts;
  // A list that could not be renewed may simply be too old to name this image.
  throw stale ?? new Fault("IMAGE_UNTRUSTED", { digest });
}

/**
 * What the hub's orders and the publishers' metadata are worth: the hub says which device gets which image, the
 * publishers alone say what an image is, and neither can do the other (security.md 8).
 */
export function createTrust(ports: MetadataPorts, { agentId, orderKeys, imageRoot }: TrustAnchors): Trust {
  const orders = createOrderBook(agentId, orderKeys, ports.store);
  const metadata = imageMetadata(ports, imageRoot);

  async function verify<S extends typeof Order | typeof ServerOrder>(document: SignedDocument, schema: S) {
    const began = ports.clock.mono();
    const order = orders.take(document, metadata.newestTime(), schema);
    const known = await metadata.images();
    // An image may have been published, and ordered, after the last look.
    const images = known.index.find(order.digest) ? known : await metadata.images(began);
    return { order, facts: factsOf(order.digest, images) };
  }

  return {
    verify: (document) => verify(document, Order),
    verifyServer: (document) => verify(document, ServerOrder),
  };
}
