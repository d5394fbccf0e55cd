// What stands above the tiles: counts, progress, and what is wrong with the whole.

import { later, put } from "./frame.js";
import { duration, plural } from "./words.js";

const at = (id) => document.getElementById(id);

// What a screen reader is told, not more often than somebody can listen.
const QUIET = 3_000;

export class Head {
  #head = null;
  #connection = "opening";
  #lostAt = 0;
  #saidAt = 0;

  constructor() {
    setInterval(() => later("lost", () => this.#writeLost()), 1_000);
  }

  get ended() {
    return this.#connection === "ended";
  }

  set(head) {
    this.#head = head;
    later("head", () => this.#write());
  }

  connection(state) {
    if (state === "lost" && this.#connection !== "lost") this.#lostAt = Date.now();
    this.#connection = state;
    later("connection", () => this.#writeConnection());
  }

  #write() {
    const head = this.#head;
    put(at("batch"), head.batch);
    put(at("phase"), this.#phase(head));
    put(at("ready"), String(head.ready));
    put(at("busy"), String(head.busy));
    put(at("trouble"), String(head.trouble));
    put(at("need-words"), head.trouble === 1 ? "needs you" : "need you");
    at("need").dataset.none = head.trouble === 0 ? "yes" : "no";
    put(at("done"), String(head.done));
    put(at("of"), head.target === null ? (head.done === 1 ? "board" : "boards") : `of ${head.target}`);
    put(at("pace"), pace(head));
    const bar = at("bar");
    bar.hidden = !head.target;
    if (head.target) {
      const share = Math.min(1, head.done / head.target);
      bar.setAttribute("aria-valuemax", String(head.target));
      bar.setAttribute("aria-valuenow", String(Math.min(head.done, head.target)));
      at("fill").style.setProperty("transform", `scaleX(${share})`);
    }
    at("stopped").hidden = !head.line_stopped;
    put(at("ended-next"), endWords(head));
    const progress = head.target === null ? `${head.done}` : `${head.done}/${head.target}`;
    document.title = `${head.trouble ? `✗${head.trouble} ` : ""}${progress} · ${head.batch}`;
    this.#say(head);
  }

  #phase(head) {
    return this.#connection === "ended" && !head.ended ? "ended" : head.phase;
  }

  #say(head) {
    const wait = this.#saidAt + QUIET - Date.now();
    if (wait > 0) {
      setTimeout(() => later("head", () => this.#write()), wait);
      return;
    }
    const needs = plural(head.trouble, "needs you", "need you");
    const words = `${head.done}${head.target === null ? "" : ` of ${head.target}`} done, ${head.busy} at work, ${needs}`;
    if (at("said").textContent !== words) {
      this.#saidAt = Date.now();
      put(at("said"), words);
    }
  }

  #writeConnection() {
    const state = this.#connection;
    document.body.dataset.connection = state;
    at("lost").hidden = state !== "lost";
    at("refused").hidden = state !== "refused";
    at("ended").hidden = state !== "ended";
    this.#writeLost();
  }

  #writeLost() {
    if (this.#connection === "lost") put(at("lost-for"), duration(Date.now() - this.#lostAt));
  }
}

function pace(head) {
  if (head.ended) return "";
  const words = [];
  if (head.pace >= 0.5) words.push(`${Math.round(head.pace).toLocaleString("en-GB")} a minute`);
  if (head.left_s !== null) words.push(`${duration(head.left_s * 1000)} left`);
  return words.join(" · ");
}

function endWords(head) {
  const all = head.target !== null && head.done >= head.target;
  const rest = "Start the next command at the bench; this page comes back by itself.";
  if (head.trouble > 0) return `${plural(head.trouble, "board still needs", "boards still need")} you: see below. ${rest}`;
  return `${all ? "All that was asked for is done." : "What is done is kept."} ${rest}`;
}
