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
