/** The command line is wrong: exit status 2, and nothing has been done. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What `check` gives; where it finds arguments wrong, the command line is. */
export function asUsage<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new UsageError(error.message, { cause: error });
    }
    throw error;
  }
}

/** What Deno makes of an error of the system: what it says, what was done, and where. */
const SYSTEM = /^([^:"]+) \(os error \d+\)(?:: (\w+) '(.*?)'(?: -> '.*?')?)?(?=;|$)/s;

/** What is done to a path that only is read. */
const READING = ["open", "readfile", "readdir", "stat", "lstat", "realpath", "readlink"];

/** The hidden folder in which an output grows, and what is in it. */
const HIDDEN = /\.([^/]+)\.(?:anncat|tasks)-[0-9a-f]{8}(?:\/.*)?$/s;

/** Why the system refused something, without its number. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error), said = SYSTEM.exec(message)?.[1];
  return said === undefined ? message : said.charAt(0).toLowerCase() + said.slice(1);
}

/** The message of an error of the system, as ours are: with `out`, the output, where it names no path. */
export function systemMessage(message: string, out: string | undefined): string {
  return message.replace(SYSTEM, (raw: string, _: string, operation?: string, path?: string) => {
    const isOutput = path === undefined || HIDDEN.test(path), where = path?.replace(HIDDEN, "$1") ?? out;
    if (where === undefined) return `Cannot go on: ${reasonOf(raw)}`;
    const isRead = !isOutput && READING.includes(operation ?? "");
    const reason = reasonOf(raw), need = /space|quota/.test(reason) ? "make room" : "change its permissions";
    const way = isRead ? "check the path and its permissions" : `${need}, or choose another place`;
    return `Cannot ${isRead ? "read" : "write"} "${where}": ${reason}; ${way}`;
  });
}
