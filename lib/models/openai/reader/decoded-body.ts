import type { IncomingMessage } from "node:http"
import { pipeline, type Readable, type Transform } from "node:stream"
import zlib from "node:zlib"

/**
 * Decompresses a body, since some proxies compress without being asked. Yields what has arrived at once, even if more
 * is missing.
 */
export function decodedBody(response: IncomingMessage): Readable {
  const encodings = (response.headers["content-encoding"] ?? "").toLowerCase().split(",")
  return encodings.reduceRight<Readable>((body, encoding) => {
    const decoder = decoderOf(encoding.trim())
    // A broken connection ends the decoder, which is read instead; closing the decoder closes the connection.
    return decoder ? pipeline(body, decoder, () => undefined) : body
  }, response)
}

function decoderOf(encoding: string): Transform | undefined {
  switch (encoding) {
    case "gzip":
    case "x-gzip":
    case "deflate":
      // Unzip recognises both formats by their first bytes.
      return zlib.createUnzip({ flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH })
    case "br":
      return zlib.createBrotliDecompress({
        flush: zlib.constants.BROTLI_OPERATION_FLUSH,
        finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH,
      })
    case "zstd":
      return zlib.createZstdDecompress({ flush: zlib.constants.ZSTD_e_flush, finishFlush: zlib.constants.ZSTD_e_flush })
    default:
      return undefined
  }
}
