// The feed: opens it, hands on what comes, and opens it again whenever it breaks.

// The bench is heard every few seconds; after this long without a word it is lost.
const SILENCE = 15_000;
const AGAIN = 2_000;

export class Feed {
  #source = null;
  #heard = 0;
  #ended = false;
  #on;

  // `on`: snapshot(data), change(data), end(data), connection(state) with "live", "lost", "refused" or "ended".
  constructor(on) {
    this.#on = on;
    this.#open();
    setInterval(() => this.#watch(), 1_000);
  }

  #open() {
    this.#source?.close();
    this.#heard = Date.now();
    const source = new EventSource("/events");
    this.#source = source;
    for (const kind of ["snapshot", "change", "end"]) {
      source.addEventListener(kind, (event) => this.#take(kind, event));
    }
    source.addEventListener("here", () => (this.#heard = Date.now()));
    source.addEventListener("error", () => this.#broken(source));
  }

  #take(kind, event) {
    this.#heard = Date.now();
    const data = JSON.parse(event.data);
    if (kind === "end") {
      this.#ended = true;
      this.#on.end(data);
      this.#on.connection("ended");
      this.#later();
      return;
    }
    if (kind === "snapshot") {
      this.#ended = false;
      this.#on.connection("live");
    }
    this.#on[kind](data);
  }

  #broken(source) {
    if (source !== this.#source) return;
    if (!this.#ended) {
      this.#on.connection("lost");
      // A page whose cookie is gone would try for ever.
      fetch("/files", { cache: "no-store" })
        .then((answer) => {
          if (answer.status === 401 || answer.status === 403) this.#on.connection("refused");
        })
        .catch(() => {});
    }
    this.#later();
  }

  #watch() {
    if (this.#source && Date.now() - this.#heard > SILENCE) {
      if (!this.#ended) this.#on.connection("lost");
      this.#open();
    }
  }

  // The next run shows itself at the same address, so also an ended bench is asked again.
  #later() {
    this.#source?.close();
    this.#source = null;
    setTimeout(() => {
      if (!this.#source) this.#open();
    }, AGAIN);
  }
}
