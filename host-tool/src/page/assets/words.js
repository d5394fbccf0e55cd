// Words, signs and orders that several parts share. Knows nothing of the page.

export const SIGNS = { trouble: "✗", busy: "◐", ready: "✓", idle: "·" };

export const STAGES = {
  empty: "empty",
  unusable: "unusable",
  working: "at work",
  recorded: "recorded",
  installed: "installed",
  done: "done",
  lost: "lost",
  refused: "refused",
  skipped: "left alone",
};

// What the log calls it, and what a person does.
const EVENTS = {
  "board.collected": "recorded in the batch",
  "board.refused": "refused",
  "board.refusals-end": "further refusals are not logged one by one",
  "board.submitted": "submitted to the service",
  "board.issued": "its certificate was issued",
  "board.failed": "the service refused it",
  "board.installed": "has its certificate",
  "board.renewed": "another certificate in the place of the old one",
  "board.done": "done: it proved its key",
  "certificate.taken": "its certificate came",
  "certificate.refused": "a certificate was refused",
  "job.intended": "a job is about to be made",
  "job.begun": "the job is about to be sent",
  "job.posted": "the job was sent",
  "job.status": "the job’s status",
  "job.report": "the job’s report came",
  "job.refused": "the service refused the job",
  "job.abandoned": "the job was given up",
  "job.disowned": "the job was given up",
  "job.answer-lost": "the answer to the job was lost",
};

export function eventWords(what) {
  return Object.hasOwn(EVENTS, what) ? EVENTS[what] : what;
}

// The order in which people count: A2 before A10. The same as in the terminal.
export function natural(a, b) {
  const parts = (text) => text.match(/\d+|\D/g) ?? [];
  const [left, right] = [parts(a), parts(b)];
  for (let at = 0; at < left.length && at < right.length; at += 1) {
    const [x, y] = [left[at], right[at]];
    if (/^\d/.test(x) && /^\d/.test(y)) {
      const [p, q] = [x.replace(/^0+/, ""), y.replace(/^0+/, "")];
      if (p.length !== q.length) return p.length - q.length;
      if (p !== q) return p < q ? -1 : 1;
    } else if (x !== y) {
      return x < y ? -1 : 1;
    }
  }
  if (left.length !== right.length) return left.length - right.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

// How long, in the largest unit that says enough.
export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${String(minutes % 60).padStart(2, "0")}`;
  return `${Math.floor(hours / 24)} d`;
}

export function clock(ms) {
  return new Date(ms).toLocaleTimeString("en-GB", { hour12: false });
}

// What a tile is headed with: a place on the bench, or the board's own name where it comes by network.
export function heading(row) {
  if (!row.is_port && row.name !== null) return row.name;
  return row.place.replace(/^\/dev\//, "");
}

export function plural(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}
