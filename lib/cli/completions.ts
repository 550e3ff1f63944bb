/**
 * `anncat completions`: scripts that make shells complete commands, flags and values.
 *
 * @module
 */
import type { Context } from "./context.ts";
import { UsageError } from "./errors.ts";
import { type CommandName, COMMANDS, type Flag, flagsOf } from "./flags.ts";
import { didYouMean } from "../base/suggest.ts";

const SHELLS = { bash, zsh, fish } as const;

/** Print the script of the shell that is named. */
export function completionsCommand({ inputs, terminal }: Context): Promise<void> {
  const [shell = "", ...more] = inputs, names = Object.keys(SHELLS);
  if (inputs.length === 0) {
    throw new UsageError(`No shell: name one of ${names.join(", ")}, as in anncat completions bash`);
  }
  const script = Object.entries(SHELLS).find(([name]) => name === shell)?.[1];
  if (script === undefined || more.length > 0) {
    throw new UsageError(
      `Cannot complete for "${inputs.join(" ")}"${didYouMean(shell, names)}: it is ${names.join(", ")}`,
    );
  }
  terminal.out(script());
  return Promise.resolve();
}

/** How a flag is written. */
function written(flag: Flag): string[] {
  return flag.short === undefined ? [`--${flag.name}`] : [`--${flag.name}`, `-${flag.short}`];
}

/** The words that may follow a flag; null where it takes a path, or any text, and undefined where nothing follows. */
function wordsOf({ kind }: Flag): readonly string[] | null | undefined {
  return kind.type === "choice" ? kind.values : kind.type === "text" ? null : undefined;
}

function each(use: (name: CommandName, flags: readonly Flag[]) => string): string {
  return COMMANDS.map(({ name }) => use(name, flagsOf(name))).join("");
}

function bash(): string {
  const names = COMMANDS.map(({ name }) => name).join(" ");
  return `# bash completion of anncat: eval "$(anncat completions bash)"
_anncat() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names} --help --version" -- "$word"))
    return
  fi
  case "$command $before" in
${
    each((name, flags) =>
      flags.flatMap((flag) => {
        const words = wordsOf(flag), patterns = written(flag).map((text) => `"${name} ${text}"`).join("|");
        if (words === undefined) return [];
        const found = words === null ? 'compgen -f -- "$word"' : `compgen -W "${words.join(" ")}" -- "$word"`;
        return [`    ${patterns}) COMPREPLY=($(${found})); return ;;\n`];
      }).join("")
    )
  }  esac
  case "$word" in
    -*)
      case "$command" in
${
    each((name, flags) =>
      `        ${name}) COMPREPLY=($(compgen -W "${
        flags.map((flag) => `--${flag.name}`).join(" ")
      } --help" -- "$word")) ;;\n`
    )
  }      esac
      return ;;
  esac
  case "$command" in
    completions) COMPREPLY=($(compgen -W "${Object.keys(SHELLS).join(" ")}" -- "$word")) ;;
    help) COMPREPLY=($(compgen -W "${names} all" -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}
complete -o filenames -F _anncat anncat
`;
}

/** Text for zsh's _arguments and _describe, in single quotes. */
function zshText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", "'\\''").replaceAll(":", "\\:").replaceAll("[", "\\[")
    .replaceAll("]", "\\]");
}

function zsh(): string {
  const spec = (flag: Flag): string[] => {
    const words = wordsOf(flag), star = flag.repeat === true ? "*" : "";
    const value = words === undefined ? "" : words === null ? ":value:_files" : `:value:(${words.join(" ")})`;
    return written(flag).map((text) => `'${star}${text}[${zshText(flag.help)}]${value}'`);
  };
  return `#compdef anncat
# zsh completion of anncat: eval "$(anncat completions zsh)"
_anncat() {
  local -a commands
  commands=(
${COMMANDS.map(({ name, help }) => `    '${name}:${zshText(help)}'\n`).join("")}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${
    each((name, flags) =>
      `    ${name})\n      _arguments ${
        [
          ...flags.flatMap(spec),
          "'--help[Show the help]'",
          name === "completions" ? `'1:shell:(${Object.keys(SHELLS).join(" ")})'` : "'*:store:_files'",
        ].join(" \\\n        ")
      } ;;\n`
    )
  }  esac
}
compdef _anncat anncat
`;
}

/** Text in single quotes for fish. */
function fishText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
}

function fish(): string {
  const commands = COMMANDS.map(({ name, help }) =>
    `complete -c anncat -n __fish_use_subcommand -f -a ${name} -d '${fishText(help)}'\n`
  );
  const flags = each((name, own) =>
    own.map((flag) => {
      const words = wordsOf(flag), short = flag.short === undefined ? "" : ` -s ${flag.short}`;
      const value = words === undefined ? "" : words === null ? " -r" : ` -x -a '${words.join(" ")}'`;
      return `complete -c anncat -n '__fish_seen_subcommand_from ${name}' -l ${flag.name}${short}${value} -d '${
        fishText(flag.help)
      }'\n`;
    }).join("")
  );
  return `# fish completion of anncat: anncat completions fish > ~/.config/fish/completions/anncat.fish
${commands.join("")}complete -c anncat -n '__fish_seen_subcommand_from completions' -f -a '${
    Object.keys(SHELLS).join(" ")
  }'
${flags}`;
}
