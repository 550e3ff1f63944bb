/** What the module exports is a promise: a change shows here. `deno test -A tests/exports_test.ts -- --update` takes it over. */
import { assertEquals } from "@std/assert";
import * as mod from "../mod.ts";

const SNAPSHOT = new URL("exports.txt", import.meta.url);

/** Every exported name, types marked as such. */
function exported(): string[] {
  const text = Deno.readTextFileSync(new URL("../mod.ts", import.meta.url)), names: string[] = [];
  for (const [, type = "", list = ""] of text.matchAll(/^export (type )?\{([^}]*)\} from "[^"]+";$/gm)) {
    for (const part of list.split(",").map((one) => one.trim()).filter((one) => one !== "")) {
      const isType = type !== "" || part.startsWith("type "), name = part.replace(/^type /, "").replace(/^.* as /, "");
      names.push(isType ? `type ${name}` : name);
    }
  }
  return names.sort();
}

Deno.test("mod.ts: exports what the snapshot says", () => {
  const names = exported();
  assertEquals(names.filter((name) => !name.startsWith("type ")), Object.keys(mod).sort());
  if (Deno.args.includes("--update")) Deno.writeTextFileSync(SNAPSHOT, names.join("\n") + "\n");
  assertEquals(names, Deno.readTextFileSync(SNAPSHOT).trimEnd().split("\n"));
});
