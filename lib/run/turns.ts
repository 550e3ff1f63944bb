/**
 * Letting the event loop turn between chunks. Local files answer at once and codecs do not wait, so that without it a
 * thread which does tasks sees no signal, hears nobody and shows no progress until its task is done.
 *
 * @module
 */
import { turn } from "../base/turn.ts";
import type { ArrayWriter, StoreWriter } from "../storage/node.ts";

/** How long a thread may be deaf. */
const TURN_MILLISECONDS = 20;

/** `store`, whose arrays let the event loop turn now and then; `signal` stops what writes to them. */
export function withTurns(store: StoreWriter, signal: AbortSignal | undefined): StoreWriter {
  let turned = performance.now();
  const rest = async (): Promise<void> => {
    await turn(signal);
    turned = performance.now();
  };
  const thenTurn = (written: void | Promise<void>): void | Promise<void> => {
    if (performance.now() - turned < TURN_MILLISECONDS) return written;
    return written instanceof Promise ? written.then(rest) : rest();
  };
  return {
    array(path, spec): ArrayWriter {
      const writer = store.array(path, spec);
      return {
        spec: writer.spec,
        encoding: writer.encoding,
        write: (chunk, elements) => thenTurn(writer.write(chunk, elements)),
        writeEncoded: (chunk, encoded) => thenTurn(writer.writeEncoded(chunk, encoded)),
        close: () => writer.close(),
      };
    },
    finish: (nodes) => store.finish(nodes),
    close: () => store.close?.(),
  };
}
