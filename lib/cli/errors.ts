/** The command line is wrong: exit status 2, and nothing has been done. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
