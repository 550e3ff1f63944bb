/**
 * Ctrl-C: the first asks the run to stop and to clean up, the second ends the process.
 *
 * @module
 */

/** The user, or the system, ended the run. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
  /** The exit status that says so. */
  readonly status: number;

  /** Make one for a signal's exit status. */
  constructor(status: number) {
    super("Interrupted");
    this.status = status;
  }
}

/** Listens until it is disposed. */
export interface Interrupt extends Disposable {
  /** Aborted, with an {@linkcode InterruptedError}, by the first signal. */
  readonly signal: AbortSignal;
}

const STATUS = { SIGINT: 130, SIGTERM: 143 } as const;

/** Listen for signals; `onFirst` is told of the first. */
export function listenForInterrupt(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  const listener = (status: number) => () => {
    if (controller.signal.aborted) Deno.exit(status);
    onFirst();
    controller.abort(new InterruptedError(status));
  };
  const signals = Deno.build.os === "windows" ? ["SIGINT"] as const : ["SIGINT", "SIGTERM"] as const;
  const listeners = signals.map((name) => [name, listener(STATUS[name])] as const);
  for (const [name, each] of listeners) Deno.addSignalListener(name, each);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const [name, each] of listeners) Deno.removeSignalListener(name, each);
    },
  };
}
