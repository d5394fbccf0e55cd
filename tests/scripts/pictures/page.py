#!/usr/bin/env python3
"""Takes pictures of the live page, with real benches and a real browser.

usage: page.py FOLDER [--all]

Makes page-8.png, page-8-phone.png, page-500.png, page-500-phone.png and page-trouble.png; with --all further ones to look at: dark,
a board's life, the end. Run it with the interpreter that tests/scripts/python-env prints.
"""

import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import browser  # noqa: E402

ROOT = HERE.parent.parent.parent
WIDE, PHONE = (1280, 800), (400, 800)
# What must stand there before a picture is taken.
READY = {
    "eight": "document.querySelectorAll('.tile[data-tone=ready]').length >= 5 && document.querySelectorAll('.tile').length == 8",
    "trouble": "document.querySelectorAll('.tile[data-tone=trouble]').length >= 4 && document.querySelectorAll('.tile[data-tone=ready]').length >= 9",
    "many": "document.querySelectorAll('.tile[data-tone=ready]').length >= 430 && document.querySelectorAll('.tile[data-tone=trouble]').length >= 8 && document.querySelectorAll('.tile[data-tone=busy]').length >= 30",
}


class Bench:
    """One that is at work for as long as it is looked at."""

    def __init__(self, kind):
        # With the features that the tests have, so that nothing is compiled twice.
        build = ["cargo", "build", "--locked", "--quiet", "--workspace", "--example", "page_bench"]
        subprocess.run(build, cwd=ROOT, check=True)
        target = pathlib.Path(ROOT, "target/debug/examples/page_bench")
        self.process = subprocess.Popen([target, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(60)


def until(driver, expression):
    for _ in range(1200):
        if driver.execute_script(f"return Boolean({expression})"):
            return
        time.sleep(0.05)
    raise SystemExit(f"never: {expression}")


def take(driver, folder, name):
    # What was asked for is drawn with the next frame but one.
    driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(arguments[0], 350)))")
    path = folder / f"{name}.png"
    driver.save_screenshot(str(path))
    smaller(path)
    print(f"{path.name}: {path.stat().st_size // 1024} KB")


def smaller(path):
    """Flat colours need no more than a palette; done where a program for it is there."""
    try:
        subprocess.run(["pngquant", "--force", "--skip-if-larger", "--output", path, "256", path], check=False)
    except FileNotFoundError:
        pass


def main():
    folder = pathlib.Path(sys.argv[1])
    takes_all = "--all" in sys.argv
    folder.mkdir(parents=True, exist_ok=True)
    for kind, name in (("eight", "page-8"), ("trouble", "page-trouble"), ("many", "page-500")):
        with Bench(kind) as bench, browser.browser() as driver:
            browser.size(driver, *WIDE)
            driver.get(bench.url)
            until(driver, READY[kind])
            take(driver, folder, name)
            if kind != "trouble" or takes_all:
                browser.size(driver, *PHONE)
                take(driver, folder, f"{name}-phone")
            if not takes_all:
                continue
            browser.size(driver, *WIDE)
            browser.media(driver, {"prefers-color-scheme": "dark"})
            take(driver, folder, f"{name}-dark")
            if kind == "trouble":
                driver.execute_script("document.querySelector('.tile[data-tone=trouble]').click()")
                until(driver, "document.querySelector('#board-life li')")
                take(driver, folder, "board-dark")
                browser.media(driver, {"prefers-color-scheme": "light"})
                take(driver, folder, "board")
                browser.size(driver, *PHONE)
                take(driver, folder, "board-phone")
                browser.size(driver, *WIDE)
                driver.execute_script("document.querySelector('#board').close()")
                bench.process.stdin.close()
                until(driver, "!document.querySelector('#lost').hidden || !document.querySelector('#ended').hidden")
                take(driver, folder, "over")
                bench.process.stdin = subprocess.Popen(["true"], stdin=subprocess.PIPE).stdin


if __name__ == "__main__":
    main()
