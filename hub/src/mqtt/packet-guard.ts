/** Counts the bytes of MQTT packets as they arrive, before any parser sees them. */
export interface PacketGuard {
  /** False as soon as a packet announces more than the limit, or a length that is none. */
  admits(chunk: Uint8Array): boolean;
}

const LONGEST_LENGTH = 4;

/**
 * The parser behind it keeps a packet in memory until it is whole, whatever length the packet claims; so the claim is
 * read here (MQTT 3.1.1, 2.2.3) and a packet that is too long ends its connection within its first five bytes.
 */
export function createPacketGuard(limitBytes: number): PacketGuard {
  let bodyLeft = 0;
  let inLength = false;
  let length = 0;
  let lengthBytes = 0;

  const takeLength = (byte: number): boolean => {
    length += (byte & 0x7f) * 128 ** lengthBytes;
    lengthBytes += 1;
    if (length > limitBytes) return false;
    if (byte & 0x80) return lengthBytes < LONGEST_LENGTH;
    bodyLeft = length;
    inLength = false;
    return true;
  };

  return {
    admits(chunk) {
      for (let at = 0; at < chunk.length;) {
        if (bodyLeft > 0) {
          const skipped = Math.min(bodyLeft, chunk.length - at);
          bodyLeft -= skipped;
          at += skipped;
        } else if (inLength) {
          if (!takeLength(chunk[at++] ?? 0)) return false;
        } else {
          at += 1;
          [inLength, length, lengthBytes] = [true, 0, 0];
        }
      }
      return true;
    },
  };
}
