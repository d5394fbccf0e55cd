// Which tiles are shown: by what somebody looks for, and by tone.

import { later, put } from "./frame.js";
import { heading } from "./words.js";

const bare = (text) => text.toLowerCase().replace(/[:\-.\s]/g, "");

export class Filter {
  #text = "";
  #tone = "all";

  constructor(changed) {
    const search = document.getElementById("search");
    search.addEventListener("input", () => {
      this.#text = search.value.trim().toLowerCase();
      changed();
    });
    for (const chip of document.querySelectorAll("#chips button")) {
      chip.addEventListener("click", () => {
        this.#tone = this.#tone === chip.dataset.show ? "all" : chip.dataset.show;
        later("chips", () => this.#press());
        changed();
      });
    }
  }

  #press() {
    for (const chip of document.querySelectorAll("#chips button")) {
      chip.setAttribute("aria-pressed", String(chip.dataset.show === this.#tone));
    }
  }

  get isOn() {
    return this.#text !== "" || this.#tone !== "all";
  }

  fits(row) {
    if (this.#tone !== "all" && row.tone !== this.#tone) return false;
    if (this.#text === "") return true;
    const texts = [row.name ?? "", row.place, row.link, heading(row)];
    if (texts.some((text) => text.toLowerCase().includes(this.#text))) return true;
    const digits = bare(this.#text);
    return digits !== "" && row.mac !== null && bare(row.mac).includes(digits);
  }

  // How many there are of each.
  count(counts) {
    for (const chip of document.querySelectorAll("#chips button")) {
      put(chip.querySelector("b"), String(counts[chip.dataset.show] ?? 0));
    }
  }
}
