// One board: where it stands, what the log says of it, and what can be asked for.

import { later, make, put } from "./frame.js";
import { SIGNS, STAGES, clock, eventWords, heading } from "./words.js";

const at = (id) => document.getElementById(id);

const ORDERS = {
  identify: "Asked. It shows itself as soon as the bench speaks to it.",
  retry: "Asked. It is begun again as soon as the bench speaks to it.",
  skip: "Asked. It is left alone from now on, and not waited for.",
};

export class Board {
  #dialog = at("board");
  #id = null;
  #row = null;
  #read = "";
  #closed;

  constructor(closed) {
    this.#closed = closed;
    this.#dialog.addEventListener("close", () => {
      const id = this.#id;
      this.#id = null;
      this.#closed(id);
    });
    // Outside of it is back to the bench.
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
    for (const button of this.#dialog.querySelectorAll("[data-order]")) {
      button.addEventListener("click", () => this.#order(button.dataset.order));
    }
  }

  get id() {
    return this.#id;
  }

  open(row) {
    this.#id = row.id;
    this.#read = "";
    put(at("board-said"), "");
    at("board-life").replaceChildren();
    this.show(row);
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  // The row has changed, or is gone.
  show(row) {
    if (row) this.#row = row;
    later("board", () => this.#write(!row));
  }

  ended() {
    later("board", () => this.#write(true));
  }

  #write(isOver) {
    const row = this.#row;
    if (!row) return;
    put(at("board-title"), row.is_port && row.name ? `${heading(row)} · ${row.name}` : heading(row));
    const state = at("board-state");
    state.dataset.tone = row.tone;
    put(state, `${SIGNS[row.tone] ?? "?"} ${STAGES[row.stage] ?? row.stage}`);
    put(at("board-word"), row.word);
    at("board-next").hidden = !row.next;
    put(at("board-next"), row.next ? `→ ${row.next}` : "");
    const facts = [
      ["MAC address", row.mac ?? "not known"],
      [row.is_port ? "Port" : "Dialled in", row.link],
      ["So since", clock(row.since_ms)],
    ];
    at("board-facts").replaceChildren(...facts.flatMap(([what, value]) => [make("dt", "", what), make("dd", "", value)]));
    const can = !isOver && (row.is_port || row.mac !== null);
    for (const button of this.#dialog.querySelectorAll("[data-order]")) button.disabled = !can;
    // Its log has grown at the latest when its stage has changed.
    const key = `${row.id} ${row.mac} ${row.stage} ${row.since_ms}`;
    if (this.#id !== null && key !== this.#read) {
      this.#read = key;
      this.#life(row);
    }
  }

  async #life(row) {
    const list = at("board-life");
    if (row.mac === null && row.name === null) {
      list.replaceChildren(make("li", "quiet", "No board is there."));
      return;
    }
    const asked = new URLSearchParams();
    if (row.mac !== null) asked.set("mac", row.mac);
    if (row.name !== null) asked.set("name", row.name);
    let items;
    try {
      const answer = await fetch(`/board?${asked}`, { cache: "no-store" });
      if (!answer.ok) throw new Error(await answer.text());
      items = lines(await answer.json());
    } catch (error) {
      items = [make("li", "quiet", `Its life can’t be read now. ${error.message}`)];
    }
    if (this.#row === row || this.#row?.mac === row.mac) later("life", () => list.replaceChildren(...items));
  }

  async #order(order) {
    const said = at("board-said");
    const row = this.#row;
    put(said, "…");
    try {
      const answer = await fetch("/orders", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ id: row.id, order, mac: row.mac }),
      });
      put(said, answer.ok ? ORDERS[order] : await answer.text());
    } catch {
      put(said, "The bench can’t be reached.");
    }
  }
}

function lines(life) {
  if (life.events.length === 0) return [make("li", "quiet", "The log says nothing of it yet.")];
  const items = life.events.map((event) => {
    const item = make("li");
    item.append(make("time", "", clock(event.time_ms)), make("b", "", eventWords(event.what)));
    const detail = details(event.detail, life);
    if (detail) item.append(make("span", "detail", detail));
    return item;
  });
  if (life.more) items.unshift(make("li", "quiet", "Older ones: nameplate audit"));
  return items.reverse();
}

// What the log adds, in short: enough of a hash to compare it with another.
function details(detail, life) {
  if (detail === null || typeof detail !== "object") return "";
  const isKnown = ([name, value]) => (name === "mac" && value === life.mac) || (name === "name" && value === life.name);
  const isWorth = (entry) => entry[1] !== null && entry[1] !== "" && typeof entry[1] !== "object" && !isKnown(entry);
  return Object.entries(detail)
    .filter(isWorth)
    .map(([name, value]) => {
      if (name === "error" || name === "reason") return value;
      return `${name.replaceAll("_", " ")} ${name.endsWith("sha256") ? String(value).slice(0, 16) : value}`;
    })
    .join(" · ")
    .slice(0, 400);
}
