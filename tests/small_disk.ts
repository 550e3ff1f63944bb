/** File systems of a few megabytes, for tests of full disks. */

/** Mount a file system of `size` at `path`, or give the one there that size; false where that is not allowed. */
export async function mountSmall(path: string, size = "2m"): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const isMounted = exists(path), how = isMounted ? "remount," : "";
  if (!isMounted) Deno.mkdirSync(path);
  try {
    const args = ["-t", "tmpfs", "-o", `${how}size=${size}`, "tmpfs", path];
    return (await new Deno.Command("mount", { args, stdout: "null", stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Unmount the file system at `path`. */
export async function unmount(path: string): Promise<void> {
  await new Deno.Command("umount", { args: [path] }).output();
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
