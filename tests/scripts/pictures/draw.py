"""Draws a terminal's screen as an SVG. It must not know where the screen came from."""

from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from pyte.graphics import FG_BG_256

# A cell, as fonts have it: rows are so close that the lines of a frame meet.
WIDTH, HEIGHT, SIZE, MARGIN = 8.4, 16.5, 14, 14
FONTS = "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
GROUND, INK = "#12161b", "#d9e0e7"
# The sixteen colours by pyte's names, in their order.
NAMES = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")
PLAIN = ("#1d232a", "#ff6b68", "#5fd38d", "#e6b450", "#6ea8fe", "#d38aea", "#56c8d8", "#d9e0e7")
BRIGHT = ("#8a95a1", "#ff8f8c", "#8be9b0", "#ffd479", "#9cc4ff", "#e6b3f5", "#8be4f0", "#ffffff")
COLOURS = dict(zip(NAMES, PLAIN)) | dict(zip((f"bright{name}" for name in NAMES), BRIGHT))
# A program may ask for them by number: pyte has fixed colours for these then. All others are RRGGBB.
COLOURS |= dict(zip(FG_BG_256[:16], PLAIN + BRIGHT))


def colour(name, otherwise):
    if name == "default":
        return otherwise
    return COLOURS.get(name) or f"#{name}"


def style(cell):
    """Ink, ground and weight of a cell."""
    ink, ground = colour(cell.fg, INK), colour(cell.bg, GROUND)
    if cell.reverse:
        ink, ground = ground, ink
    return ink, ground, cell.bold, cell.underscore


def number(value):
    return f"{value:.1f}".rstrip("0").rstrip(".")


def row(cells, top):
    """The grounds and the texts of one row."""
    grounds, texts = [], []
    column = 0
    for (ink, ground, bold, underscore), run in groupby(cells, style):
        run = list(run)
        x = MARGIN + column * WIDTH
        width = len(run) * WIDTH
        if ground != GROUND:
            grounds.append(f'<rect x="{number(x)}" y="{number(top)}" width="{number(width)}" height="{HEIGHT}" fill="{ground}" shape-rendering="crispEdges"/>')
        # Words apart: a run of blanks need not be drawn, and each word is held to its place.
        at = 0
        for is_blank, word in groupby(run, lambda cell: cell.data.isspace()):
            word = list(word)
            if not is_blank:
                text = "".join(cell.data for cell in word)
                left, long = number(x + at * WIDTH), number(len(word) * WIDTH)
                more = f' fill="{ink}"' if ink != INK else ""
                more += ' font-weight="700"' if bold else ""
                more += ' text-decoration="underline"' if underscore else ""
                base = number(top + HEIGHT * 0.74)
                texts.append(f'<text x="{left}" y="{base}" textLength="{long}" lengthAdjust="spacingAndGlyphs"{more}>{escape(text)}</text>')
            at += len(word)
        column += len(run)
    return grounds + texts


def svg(screen, title, crop):
    """The screen as an SVG."""
    # A wide character has a cell without any behind it, so that a text is as long as its cells.
    rows = [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]
    if crop:
        while len(rows) > 1 and all(cell.data.isspace() and style(cell)[1] == GROUND for cell in rows[-1]):
            rows.pop()
    width, height = screen.columns * WIDTH + 2 * MARGIN, len(rows) * HEIGHT + 2 * MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" height="{number(height)}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="100%" height="100%" rx="8" fill="{GROUND}"/>',
        f"<g font-family={quoteattr(FONTS)} font-size=\"{SIZE}\" fill=\"{INK}\">",
    ]
    for place, cells in enumerate(rows):
        lines += row(cells, MARGIN + place * HEIGHT)
    return "\n".join([*lines, "</g>", "</svg>", ""])
