/** Ids as a person can follow them in a trace: #1, #2, … in the order in which they come up. */
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

export class Ids {
  readonly #names = new Map<string, string>();

  shorten(text: string): string {
    return text.replace(ID, (id) => {
      const name = this.#names.get(id) ?? `#${this.#names.size + 1}`;
      this.#names.set(id, name);
      return name;
    });
  }
}
