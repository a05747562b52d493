import type { IncomingMessage } from "node:http"
import { pipeline, type Readable, type Transform } from "node:stream"
import zlib from "node:zlib"

/** Some proxies compress what nobody asked them to. What they have sent so far comes out at once, whatever is missing yet. */
export function decodedBody(response: IncomingMessage): Readable {
  const encodings = (response.headers["content-encoding"] ?? "").toLowerCase().split(",")
  return encodings.reduceRight<Readable>((body, encoding) => {
    const decoder = decoderOf(encoding.trim())
    // A cut ends the decoder, which is what is read; closing that closes the connection.
    return decoder ? pipeline(body, decoder, () => undefined) : body
  }, response)
}

function decoderOf(encoding: string): Transform | undefined {
  switch (encoding) {
    case "gzip":
    case "x-gzip":
    case "deflate":
      // Unzip knows both by their first bytes.
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
