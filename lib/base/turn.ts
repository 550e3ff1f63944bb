/**
 * A turn of the event loop. A timer would do too, but a millisecond at least would be lost each time.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/**
 * Turns at a time: answers take several, requests many, and the collector does a step of its work in each. They cost
 * little.
 */
const TURNS = 32;

/**
 * Let others have a turn. Local files answer at once: without it no signal would ever be seen, and memory that was
 * dropped would pile up, as the garbage collector finishes its work between turns.
 */
export async function turn(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  for (let i = 0; i < TURNS; i++) await new Promise<void>((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}
