"""A real browser for tests: Debian's Chromium, driven by Selenium.

As a program it takes a command a line on standard input, as JSON, and answers with a line each, until its input ends:
{"do": "open", "url": …}, {"do": "run", "script": …}, {"do": "keys", "keys": …}, {"do": "click", "on": CSS},
{"do": "size", "width": …, "height": …}, {"do": "media", "features": {NAME: VALUE}}, {"do": "picture", "file": …},
{"do": "axe"}. An answer is {"value": …} or {"error": …}.
"""

import contextlib
import importlib.resources
import json
import shutil
import sys
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars"
).split()


@contextlib.contextmanager
def browser():
    """A browser with a profile of its own, gone at the end."""
    program, driver = (shutil.which(name) for name in ("chromium", "chromedriver"))
    if not program or not driver:
        sys.exit("chromium and chromedriver are needed: Debian's packages chromium and chromium-driver")
    with tempfile.TemporaryDirectory(prefix="nameplate-browser-", ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = program
        for flag in [*FLAGS, f"--user-data-dir={profile}"]:
            options.add_argument(flag)
        # The page's certificate is its own.
        options.accept_insecure_certs = True
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(driver))
        try:
            driver.set_script_timeout(60)
            yield driver
        finally:
            driver.quit()


def size(driver, width, height):
    """What the page has to itself, in its own pixels."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def media(driver, features):
    """What the page is told that its reader prefers."""
    features = [{"name": name, "value": value} for name, value in features.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


AXE = """
const answer = arguments[0];
axe.run(document, {runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}})
  .then((found) => answer({violations: found.violations}), (error) => answer({error: String(error)}));
"""


def axe(driver):
    """What axe has against the page, by the rules of WCAG 2.1 A and AA."""
    # By the driver and not by the page, whose policy lets nothing in.
    driver.execute_script(importlib.resources.files("axe_core_python").joinpath("axe.min.js").read_text("utf-8"))
    found = driver.execute_async_script(AXE)
    if "error" in found:
        raise ValueError(found["error"])
    return [
        {"rule": rule["id"], "why": rule["help"], "where": [node["html"][:200] for node in rule["nodes"][:5]],
         "more": [node.get("failureSummary", "")[:300] for node in rule["nodes"][:2]]}
        for rule in found["violations"]
    ]


def obey(driver, command):
    match command["do"]:
        case "open":
            driver.get(command["url"])
        case "run":
            return driver.execute_script(command["script"])
        case "keys":
            driver.switch_to.active_element.send_keys(command["keys"])
        case "click":
            driver.find_element(By.CSS_SELECTOR, command["on"]).click()
        case "size":
            size(driver, command["width"], command["height"])
        case "media":
            media(driver, command["features"])
        case "picture":
            driver.save_screenshot(command["file"])
        case "axe":
            return axe(driver)
        case "log":
            return [entry["message"] for entry in driver.get_log("browser")]
        case other:
            raise ValueError(f"what is {other}?")
    return None


def main():
    with browser() as driver:
        print(json.dumps({"value": driver.capabilities["browserVersion"]}), flush=True)
        for line in sys.stdin:
            try:
                answer = {"value": obey(driver, json.loads(line))}
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
