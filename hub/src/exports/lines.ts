const NEWLINE = 0x0a;
/** No export has longer ones; a file that does is none. */
const LINE_BYTES = 64 * 2 ** 20;

/** The lines of a file, each with its end; the last one without, when the file stops in the middle of it. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of bytes) {
    let from = 0;
    const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...rest, piece.subarray(from, end + 1)]);
      [rest, restBytes, from] = [[], 0, end + 1];
    }
    // A copy: whoever reads the file may fill the same memory again.
    rest.push(Buffer.from(piece.subarray(from)));
    restBytes += piece.length - from;
    if (restBytes > LINE_BYTES) throw new Error(`a line of more than ${LINE_BYTES} bytes`);
  }
  if (restBytes > 0) yield Buffer.concat(rest);
}
