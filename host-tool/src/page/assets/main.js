// The page: what comes from the feed goes to its parts, and what is pressed goes to them too.

import { Board } from "./board.js";
import { Feed } from "./feed.js";
import { Filter } from "./filter.js";
import { later, make } from "./frame.js";
import { Head } from "./head.js";
import { Notices } from "./notices.js";
import { Tiles } from "./tiles.js";

const head = new Head();
const filter = new Filter(() => tiles.arrange());
const tiles = new Tiles(filter, open);
const notices = new Notices(about, open);
const board = new Board((id) => id !== null && tiles.focus(id));

let filesFor = "";

function open(id) {
  const row = tiles.row(id);
  if (row) board.open(row);
}

// The row that a notice is about, while it is there.
function about(notice) {
  return tiles.rows().find((row) => {
    const who = row.mac === null ? row.place : `${row.name} ${row.mac}`;
    return row.tone === "trouble" && (who === notice.who || (row.mac === null && row.place === notice.place));
  });
}

function take(data, isWhole) {
  tiles.clock(data.head.now_ms);
  head.set(data.head);
  const rows = data.rows ?? [];
  if (isWhole) tiles.replace(rows);
  else {
    tiles.remove(data.gone ?? []);
    tiles.set(rows);
  }
  if (data.notices) notices.set(data.notices);
  notices.say(data.messages ?? [], isWhole);
  if (board.id !== null && (isWhole || rows.some((row) => row.id === board.id) || data.gone?.includes(board.id))) {
    board.show(tiles.row(board.id));
  }
  lookForFiles(data.head, isWhole);
}

// There may be others after each phase, and after the first board.
async function lookForFiles(now, isAnew) {
  const key = `${now.batch} ${now.phase} ${now.done > 0} ${now.ended}`;
  if (key === filesFor && !isAnew) return;
  filesFor = key;
  let names = null;
  try {
    const answer = await fetch("/files", { cache: "no-store" });
    if (answer.ok) names = (await answer.json()).files;
  } catch {
    // The links that are there stay.
  }
  if (names) later("files", () => writeFiles(names));
}

const FILES = { "batch.csv": "batch file", "report.csv": "report", "labels.pdf": "labels" };

function writeFiles(names) {
  const files = document.getElementById("files");
  const links = names.filter((name) => Object.hasOwn(FILES, name)).map((name) => {
    const link = make("a", "", FILES[name]);
    link.href = `/files/${name}`;
    link.download = "";
    return link;
  });
  files.hidden = links.length === 0;
  files.replaceChildren("Take along: ", ...links);
}

new Feed({
  snapshot: (data) => take(data, true),
  change: (data) => take(data, false),
  end: (data) => {
    head.set(data.head);
    board.ended();
  },
  connection: (state) => {
    head.connection(state);
    if (state === "ended") later("files", () => document.getElementById("files").replaceChildren());
    tiles.arrange();
  },
});

addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof HTMLInputElement;
  const search = document.getElementById("search");
  if (event.ctrlKey || event.metaKey || event.altKey || board.id !== null) return;
  if (event.key === "/" && !isTyping) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && isTyping) {
    search.value = "";
    search.dispatchEvent(new Event("input"));
    search.blur();
  } else if ((event.key === "n" || event.key === "N") && !isTyping) {
    tiles.focusTrouble();
  }
});
