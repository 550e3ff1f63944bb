/**
 * HTML that cannot be broken by what is put into it: texts are escaped, only {@linkcode Html} is not.
 *
 * @module
 */
import { escape } from "./text.ts";

/** Text that is HTML already. */
export class Html {
  readonly #text: string;

  /** Take `text` as it is. */
  constructor(text: string) {
    this.#text = text;
  }

  /** The HTML. */
  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template. */
export type HtmlValue = string | number | Html | readonly HtmlValue[];

/** A template: what is put into it is escaped, unless it is {@linkcode Html}. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(String.raw({ raw: parts }, ...values.map(printed)));
}

function printed(value: HtmlValue): string {
  if (value instanceof Html) return String(value);
  if (typeof value === "object") return value.map(printed).join("");
  return escape(String(value)).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
