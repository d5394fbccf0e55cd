// The tiles: one a place, each at its place for good; only what has changed is written.

import { later, make, put } from "./frame.js";
import { SIGNS, STAGES, duration, heading, natural } from "./words.js";

const GAP = 8;
// What each look of a tile needs, in units; and the smallest unit in which it can be read.
const LOOKS = [
  { name: "large", wide: 14.5, high: 12.6, least: 15, most: 40 },
  { name: "medium", wide: 14, high: 8.6, least: 9.5, most: 20 },
];
const SMALL = { wide: 106, high: 62 };
const SMALL_PHONE = { wide: 112, high: 66 };

// Places on cables as people count them, then boards of the network in the order in which they came: nothing ever moves for another.
function before(a, b) {
  if (a.is_port !== b.is_port) return a.is_port ? -1 : 1;
  return (a.is_port ? natural(a.place, b.place) : 0) || a.id - b.id;
}

export class Tiles {
  #grid = document.getElementById("tiles");
  #tiles = new Map();
  #order = [];
  #filter;
  #open;
  #skew = 0;
  #shape = "";

  constructor(filter, open) {
    this.#filter = filter;
    this.#open = open;
    this.#grid.addEventListener("click", (event) => {
      const tile = event.target.closest("button");
      if (tile) this.#open(Number(tile.dataset.id));
    });
    this.#grid.addEventListener("keydown", (event) => this.#move(event));
    this.#grid.addEventListener("focusin", (event) => this.#settle(event.target.closest("button")));
    new ResizeObserver(() => this.arrange()).observe(document.body);
    addEventListener("resize", () => this.arrange());
    setInterval(() => this.#tick(), 1_000);
  }

  // The bench's clock and this one's may differ.
  clock(nowMs) {
    this.#skew = nowMs - Date.now();
  }

  get now() {
    return Date.now() + this.#skew;
  }

  row(id) {
    return this.#tiles.get(id)?.row ?? null;
  }

  rows() {
    return this.#order.map((tile) => tile.row);
  }

  // All rows, whatever was there before.
  replace(rows) {
    const kept = new Set(rows.map((row) => row.id));
    this.remove([...this.#tiles.keys()].filter((id) => !kept.has(id)));
    this.set(rows);
  }

  set(rows) {
    for (const row of rows) {
      const tile = this.#tiles.get(row.id);
      if (!tile) this.#add(row);
      else if (tile.row.is_port !== row.is_port || (row.is_port && tile.row.place !== row.place)) {
        // The next command counts its rows anew.
        this.remove([row.id]);
        this.#add(row);
      } else {
        tile.row = row;
        later(tile, () => this.#draw(tile));
      }
    }
    this.arrange();
  }

  remove(ids) {
    const gone = new Set(ids.filter((id) => this.#tiles.has(id)));
    if (gone.size === 0) return;
    for (const id of gone) {
      const tile = this.#tiles.get(id);
      this.#tiles.delete(id);
      tile.isGone = true;
      later(tile, () => this.#draw(tile));
    }
    this.#order = this.#order.filter((tile) => !gone.has(tile.row.id));
    this.arrange();
  }

  #add(row) {
    const tile = { row, shown: {}, isGone: false };
    tile.item = make("div", "item");
    tile.item.setAttribute("role", "listitem");
    tile.button = make("button", "tile");
    tile.button.type = "button";
    tile.button.tabIndex = -1;
    tile.button.dataset.id = String(row.id);
    for (const part of ["place", "sign", "state", "time", "name", "mac", "word"]) {
      tile[part] = make("span", part);
      tile.button.append(tile[part]);
    }
    tile.sign.setAttribute("aria-hidden", "true");
    tile.item.append(tile.button);
    let [low, high] = [0, this.#order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(this.#order[middle].row, row) < 0) low = middle + 1;
      else high = middle;
    }
    this.#order.splice(low, 0, tile);
    this.#tiles.set(row.id, tile);
    later(tile, () => this.#draw(tile));
  }

  // Whatever has come since the last frame: it may be new, changed and gone again within one.
  #draw(tile) {
    if (tile.isGone) {
      tile.item.remove();
      return;
    }
    if (tile.item.parentNode !== this.#grid) this.#grid.insertBefore(tile.item, this.#following(tile));
    this.#write(tile);
  }

  // The next one that is drawn already; the others find their places by this one.
  #following(tile) {
    for (let at = this.#order.indexOf(tile) + 1; at < this.#order.length; at += 1) {
      if (this.#order[at].item.parentNode === this.#grid) return this.#order[at].item;
    }
    return null;
  }

  #write(tile) {
    const { row, shown } = tile;
    const title = heading(row);
    if (shown.tone !== row.tone) tile.button.dataset.tone = shown.tone = row.tone;
    if (shown.title !== title) {
      shown.title = title;
      put(tile.place, title);
      tile.button.style.setProperty("--length", String(Math.max(4, [...title].length)));
    }
    put(tile.sign, SIGNS[row.tone] ?? "?");
    put(tile.state, STAGES[row.stage] ?? row.stage);
    put(tile.name, row.name === null ? "" : row.is_port ? row.name : row.place);
    put(tile.mac, row.mac ?? "");
    put(tile.word, words(row));
    this.#time(tile);
  }

  #time(tile) {
    const { row } = tile;
    const text = row.stage === "empty" ? "" : duration(this.now - row.since_ms);
    if (tile.shown.time === text) return;
    tile.shown.time = text;
    tile.time.textContent = text;
  }

  #tick() {
    if (document.hidden) return;
    later("ticks", () => {
      for (const tile of this.#order) this.#time(tile);
    });
  }

  // Which are shown, and how large they can be.
  arrange() {
    later("arrange", () => this.#arrange());
  }

  #arrange() {
    const counts = { all: this.#order.length };
    let visible = 0;
    for (const tile of this.#order) {
      counts[tile.row.tone] = (counts[tile.row.tone] ?? 0) + 1;
      const fits = this.#filter.fits(tile.row);
      if (tile.item.hidden === fits) tile.item.hidden = !fits;
      if (fits) visible += 1;
    }
    this.#filter.count(counts);
    this.#tellNothing(visible);
    this.#keepReachable();
    const shape = this.#fit(Math.max(1, visible));
    const key = JSON.stringify(shape);
    if (key === this.#shape) return;
    this.#shape = key;
    const { style, dataset } = this.#grid;
    dataset.look = shape.look;
    style.setProperty("--columns", String(shape.columns));
    style.setProperty("--unit", `${shape.unit}px`);
    style.setProperty("--place", String(shape.place ?? 3));
    style.setProperty("--wide", `${shape.wide}px`);
    style.setProperty("--high", `${shape.high}px`);
  }

  #fit(count) {
    const width = this.#grid.clientWidth;
    const top = this.#grid.getBoundingClientRect().top + scrollY;
    const foot = document.querySelector("footer").offsetHeight + 14;
    const height = Math.max(260, innerHeight - top - foot);
    for (const look of LOOKS) {
      let best = null;
      for (let columns = 1; columns <= Math.min(count, 40); columns += 1) {
        const lines = Math.ceil(count / columns);
        const wide = (width - GAP * (columns - 1)) / columns;
        const high = (height - GAP * (lines - 1)) / lines;
        const unit = Math.min(wide / look.wide, high / look.high, look.most);
        if (!best || unit > best.unit) best = { columns, unit, wide, high };
      }
      if (best.unit >= look.least) {
        const { columns, unit } = best;
        const wide = Math.min(best.wide, unit * look.wide * 1.7);
        const high = Math.min(best.high, unit * look.high * 1.35);
        // What is left of the height goes to the place's name.
        const place = Math.max(3, Math.min(5, (high / unit - 8.8) / 1.1));
        return round({ look: look.name, columns, unit, wide, high, place });
      }
    }
    const small = width < 500 ? SMALL_PHONE : SMALL;
    const columns = Math.max(1, Math.floor((width + GAP / 2) / (small.wide + GAP / 2)));
    const wide = (width - (GAP / 2) * (columns - 1)) / columns;
    return round({ look: "small", columns, unit: 8, wide, high: small.high });
  }

  #tellNothing(visible) {
    const nothing = document.getElementById("nothing");
    nothing.hidden = visible > 0;
    put(nothing, this.#filter.isOn ? "No board here is like that." : "No board has come yet. Plug one in.");
  }

  // One tile is in the order of the Tab key; arrows reach the others.
  #keepReachable() {
    const shown = this.#order.filter((tile) => !tile.item.hidden);
    if (!shown.some((tile) => tile.button.tabIndex === 0)) this.#settle(shown[0]?.button);
  }

  #settle(button) {
    if (!button) return;
    for (const tile of this.#order) {
      const wanted = tile.button === button ? 0 : -1;
      if (tile.button.tabIndex !== wanted) tile.button.tabIndex = wanted;
    }
  }

  #move(event) {
    const shown = this.#order.filter((tile) => !tile.item.hidden);
    const here = shown.findIndex((tile) => tile.button === document.activeElement);
    const columns = Number(this.#grid.style.getPropertyValue("--columns")) || 1;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -here, End: shown.length - 1 - here };
    if (here < 0 || !Object.hasOwn(steps, event.key)) return;
    event.preventDefault();
    shown[here + steps[event.key]]?.button.focus();
  }

  // The next tile that needs somebody.
  focusTrouble() {
    const shown = this.#order.filter((tile) => !tile.item.hidden && tile.row.tone === "trouble");
    const here = shown.findIndex((tile) => tile.button === document.activeElement);
    shown[(here + 1) % Math.max(1, shown.length)]?.button.focus();
  }

  focus(id) {
    this.#tiles.get(id)?.button.focus();
  }
}

function words(row) {
  if (row.tone === "trouble" && row.next) return `${row.word} → ${row.next}`;
  return row.word === (STAGES[row.stage] ?? "") ? "" : row.word;
}

function round(shape) {
  const whole = (value) => (typeof value === "number" ? Math.floor(value * 10) / 10 : value);
  return Object.fromEntries(Object.entries(shape).map(([name, value]) => [name, whole(value)]));
}
