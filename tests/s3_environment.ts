/** Variables of the environment for a while: those of AWS and no others of it. */

/** Run `use` with `variables` and no other variable of AWS. */
export async function inEnvironment(
  variables: Readonly<Record<string, string>>,
  use: () => Promise<void>,
): Promise<void> {
  const before = Deno.env.toObject();
  const names = [...Object.keys(before).filter((name) => name.startsWith("AWS_")), ...Object.keys(variables)];
  try {
    for (const name of names) {
      const value = variables[name];
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await use();
  } finally {
    for (const name of names) {
      const value = before[name];
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}
