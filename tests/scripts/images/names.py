"""Names of functions and of crates, as reports and lists have them."""

import pathlib
import re
import tomllib

# A crate of a registry, and one of Rust's own.
REGISTRY = re.compile(r"/registry/src/[^/]+/(.+?)-\d+\.\d[^/]*/(.*)$")
LIBRARY = re.compile(r"/library/(?:.*/)?(core|alloc|compiler-builtins|compiler_builtins)/(src/.*)$")

# They stand for the code that uses them.
BORROWED = ("core", "alloc")
UNKNOWN = "(no source)"


def crate_of(file):
    """(crate, file inside it, whether it is ours) of a source file."""
    if not file:
        return UNKNOWN, "?", False
    if found := REGISTRY.search(file):
        return found.group(1), found.group(2), False
    if found := LIBRARY.search(file):
        return found.group(1), found.group(2), False
    for folder in pathlib.Path(file).parents:
        manifest = folder / "Cargo.toml"
        if manifest.is_file() and "package" in (content := tomllib.loads(manifest.read_text("utf-8"))):
            name = content["package"]["name"]
            return name, str(pathlib.PurePosixPath(file).relative_to(folder)), True
    return UNKNOWN, file, False


def short(name):
    """A name without the arguments of its types: they fill pages."""
    kept, depth = [], 0
    for place, letter in enumerate(name):
        opens = letter == "<" and (place > 0 and name[place - 1] not in " &<(*" or depth)
        depth += bool(opens)
        if not depth:
            kept.append(letter)
        elif letter == ">" and name[place - 1] != "-":
            depth -= 1
    return "".join(kept).replace("::::", "::").removesuffix("::")
