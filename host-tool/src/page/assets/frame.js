// Writes to the page: all of a moment together, at most once a frame. What is asked for twice before the frame is done once.

const waiting = new Map();
let asked = false;

// For whoever measures: frames in which something was written, and how many things were.
export const written = { frames: 0, pieces: 0 };
window.nameplate = written;

export function later(key, write) {
  waiting.set(key, write);
  if (asked) return;
  asked = true;
  requestAnimationFrame(flush);
}

function flush() {
  asked = false;
  const now = [...waiting.values()];
  waiting.clear();
  written.frames += 1;
  written.pieces += now.length;
  for (const write of now) write();
}

// Text is only ever text: names come from boards.
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}
