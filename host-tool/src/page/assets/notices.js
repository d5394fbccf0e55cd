// Who needs somebody, newest first; and what was said that is about no board.

import { later, make, put } from "./frame.js";
import { clock, plural } from "./words.js";

// As many as stand side by side; on a phone the tiles come first.
const few = () => (innerWidth > 760 ? 3 : 1);
const MOST_MESSAGES = 200;

export class Notices {
  #notices = [];
  #messages = [];
  #heard = 0;
  #showsAll = false;
  #find;
  #open;

  // `find(notice)`: the row that it is about, if it is there.
  constructor(find, open) {
    this.#find = find;
    this.#open = open;
    document.getElementById("all-notices").addEventListener("click", () => {
      this.#showsAll = !this.#showsAll;
      later("notices", () => this.#write());
    });
    addEventListener("resize", () => later("notices", () => this.#write()));
  }

  set(notices) {
    this.#notices = notices;
    later("notices", () => this.#write());
  }

  // A message may be told twice; its version says so.
  say(messages, isWhole) {
    if (isWhole) [this.#messages, this.#heard] = [[], 0];
    const heard = this.#heard;
    for (const message of messages) {
      if (message.version <= heard) continue;
      this.#messages.push(message);
      this.#heard = Math.max(this.#heard, message.version);
    }
    this.#messages = this.#messages.slice(-MOST_MESSAGES);
    later("messages", () => this.#writeMessages());
  }

  #write() {
    const all = this.#notices;
    document.getElementById("needs").hidden = all.length === 0;
    const shown = this.#showsAll ? all : all.slice(0, few());
    document.getElementById("notices").replaceChildren(...shown.map((notice) => this.#item(notice)));
    const more = document.getElementById("all-notices");
    more.hidden = all.length <= few();
    put(more, this.#showsAll ? "Show fewer" : `Show all ${all.length}`);
    put(document.getElementById("needs-title"), plural(all.length, "board or place needs you", "boards or places need you"));
  }

  #item(notice) {
    const item = make("li");
    const row = this.#find(notice);
    const who = make(row ? "button" : "span", "who", notice.who);
    if (row) {
      who.type = "button";
      who.addEventListener("click", () => this.#open(row.id));
    }
    const where = notice.place === notice.who ? "" : `at ${notice.place.replace(/^\/dev\//, "")}`;
    item.append(
      make("span", "sign", notice.refused ? "✗" : "!"),
      who,
      make("span", "where", `${where} ${clock(notice.at_ms)}`.trim()),
      make("span", "reason", notice.what),
      make("span", "next", `→ ${notice.next}`),
    );
    return item;
  }

  #writeMessages() {
    const last = this.#messages.at(-1);
    document.getElementById("messages").hidden = !last;
    if (!last) return;
    put(document.getElementById("last-message"), `${clock(last.at_ms)}  ${last.text}`);
    const before = this.#messages.slice(0, -1).reverse();
    const lines = before.map((message) => make("li", "", `${clock(message.at_ms)}  ${message.text}`));
    document.getElementById("all-messages").replaceChildren(...lines);
  }
}
